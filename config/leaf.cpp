#include "config/leaf.hpp"

#include "base/text.hpp"
#include "base/url.hpp"
#include "config/number.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace idpwatch::config {
namespace {

template <class... Handlers>
struct Overloaded : Handlers... {
  using Handlers::operator()...;
};

model::Origin origin_of(const Node& node, const std::string& key) {
  return {node.place.file ? *node.place.file : std::string(), node.place.line, key};
}

std::string shown(std::string_view text) { return "\"" + base::printable(text, 80) + "\""; }

std::string_view kind_of(const Node& node) {
  switch (node.kind) {
    case Node::Kind::kNull:
      return "nothing";
    case Node::Kind::kList:
      return "a list";
    case Node::Kind::kMap:
      return "keys and values";
    case Node::Kind::kScalar:
      break;
  }
  return "a value";
}

void store_text(const Target& target, const std::string& text, const model::Origin& origin) {
  std::visit(Overloaded{[&](std::string* at) { *at = text; },
                        [&](std::optional<std::string>* at) { *at = text; },
                        [&](model::TextSetting* at) { *at = model::TextSetting(text, origin); },
                        [](const auto&) {}},
             target);
}

void store_texts(const Target& target, std::vector<std::string> texts,
                 const model::Origin& origin) {
  std::visit(Overloaded{[&](std::vector<std::string>* at) { *at = std::move(texts); },
                        [&](model::ListSetting* at) {
                          *at = model::ListSetting(std::move(texts), origin);
                        },
                        [](const auto&) {}},
             target);
}

void store_number(const Target& target, std::int64_t number, const model::Origin& origin) {
  std::visit(Overloaded{[&](int* at) { *at = static_cast<int>(number); },
                        [&](std::uint64_t* at) { *at = static_cast<std::uint64_t>(number); },
                        [&](base::Duration* at) { *at = base::Duration(number); },
                        [&](model::DurationSetting* at) {
                          *at = model::DurationSetting(base::Duration(number), origin);
                        },
                        [](const auto&) {}},
             target);
}

void store_flag(const Target& target, bool flag, const model::Origin& origin) {
  std::visit(Overloaded{[&](bool* at) { *at = flag; },
                        [&](model::FlagSetting* at) { *at = model::FlagSetting(flag, origin); },
                        [](const auto&) {}},
             target);
}

// A date alone is midnight UTC.
std::optional<base::Instant> parse_time(const std::string& text) {
  if (text.size() == std::string_view("2027-01-01").size()) {
    return base::parse_rfc3339(text + "T00:00:00Z");
  }
  return base::parse_rfc3339(text);
}

}  // namespace

void LeafReader::problem(const Field& field, std::string message, std::string hint) {
  add_problem(problems_, field.node.place, field.key, std::move(message), std::move(hint));
}

bool LeafReader::scalar_text(const Field& field, const Node& node, std::string& text) {
  if (node.kind == Node::Kind::kScalar) {
    text = node.text;
    return !node.broken;
  }
  add_problem(problems_, node.place, field.key,
              fmt::format("a single value is expected here, not {}", kind_of(node)),
              field.row.example.empty() ? "" : "for example " + field.row.example);
  return false;
}

bool LeafReader::texts(const Field& field, std::vector<std::string>& out) {
  if (field.node.kind != Node::Kind::kList) {
    out.emplace_back();
    return scalar_text(field, field.node, out.back());
  }
  bool fine = true;
  for (const Node& item : field.node.items) {
    out.emplace_back();
    fine = scalar_text(field, item, out.back()) && fine;
  }
  return fine;
}

void LeafReader::read(const Row& row, const Node& node, const std::string& key, void* owner) {
  const Field field{row, node, key};
  const Target target = row.target(owner);
  if (node.kind == Node::Kind::kNull) {
    read_null(field, target);
  } else if (const auto* choice = std::get_if<ChoiceTarget>(&target)) {
    read_choices(field, *choice);
  } else if (row.form == Form::kKeys) {
    read_keys(field, target);
  } else if (row.texts) {
    read_texts(field, target);
  } else {
    std::string text;
    if (scalar_text(field, node, text)) read_scalar(field, target, text);
  }
}

void LeafReader::read_null(const Field& field, const Target& target) {
  const model::Origin origin = origin_of(field.node, field.key);
  const bool taken = std::visit(Overloaded{[](std::optional<std::string>* at) {
                                             at->reset();
                                             return true;
                                           },
                                           [](std::optional<base::Instant>* at) {
                                             at->reset();
                                             return true;
                                           },
                                           [](std::vector<std::string>* at) {
                                             at->clear();
                                             return true;
                                           },
                                           [](const ChoiceTarget&) { return false; },
                                           [&](model::TextSetting* at) {
                                             *at = model::TextSetting::null(origin);
                                             return true;
                                           },
                                           [&](model::ListSetting* at) {
                                             *at = model::ListSetting::null(origin);
                                             return true;
                                           },
                                           [&](model::FlagSetting* at) {
                                             *at = model::FlagSetting::null(origin);
                                             return true;
                                           },
                                           [&](model::DurationSetting* at) {
                                             *at = model::DurationSetting::null(origin);
                                             return true;
                                           },
                                           [](const auto*) { return false; }},
                                target);
  // Without a default of its own a null is what absence is.
  if (taken || (!field.row.required && field.row.fallback.empty())) return;
  problem(field, "a value is missing",
          field.row.fallback.empty() ? "give it one, or remove the key"
                                     : "the default is " + field.row.fallback);
}

void LeafReader::read_texts(const Field& field, const Target& target) {
  std::vector<std::string> values;
  if (field.row.secret()) {
    std::string text;
    if (scalar_text(field, field.node, text)) read_secret(field, target, text);
    return;
  }
  if (!texts(field, values)) return;
  bool fine = true;
  for (std::string& value : values) fine = check_text(field, value) && fine;
  if (fine) store_texts(target, std::move(values), origin_of(field.node, field.key));
}

void LeafReader::read_choices(const Field& field, const ChoiceTarget& target) {
  std::vector<std::string> values;
  const bool list = field.row.texts;
  if (list) {
    if (!texts(field, values)) return;
  } else {
    values.emplace_back();
    if (!scalar_text(field, field.node, values.back())) return;
  }
  const std::vector<std::string>& choices = field.row.choices;
  std::vector<std::size_t> chosen;
  for (const std::string& value : values) {
    const auto found = std::find(choices.begin(), choices.end(), value);
    if (found == choices.end()) {
      const auto near = base::nearest(value, choices);
      problem(field, shown(value) + " is not one of its values",
              (near ? "did you mean " + *near + "? " : std::string()) +
                  "values: " + base::join(choices, ", "));
      return;
    }
    chosen.push_back(static_cast<std::size_t>(found - choices.begin()));
  }
  target.set(chosen);
}

void LeafReader::read_scalar(const Field& field, const Target& target, const std::string& text) {
  const model::Origin origin = origin_of(field.node, field.key);
  switch (field.row.form) {
    case Form::kDuration:
    case Form::kSeconds:
    case Form::kSize:
    case Form::kInteger: {
      const auto number = parse_bounded(field.row, text);
      if (!number) return problem(field, number.error().message, number.error().hint);
      return store_number(target, *number, origin);
    }
    case Form::kFlag:
      if (field.node.quoted || (text != "true" && text != "false")) {
        return problem(field, shown(text) + " is neither true nor false",
                       "write true or false, without quotes");
      }
      return store_flag(target, text == "true", origin);
    case Form::kTime: {
      const std::optional<base::Instant> at = parse_time(text);
      if (!at) {
        return problem(field, shown(text) + " is not a time",
                       "write 2026-03-01T05:12:07Z, or a date");
      }
      *std::get<std::optional<base::Instant>*>(target) = at;
      return;
    }
    case Form::kListen: {
      auto listen = parse_listen(text);
      if (!listen) return problem(field, listen.error().message, listen.error().hint);
      if (listen->kind == Listen::Kind::kUnix) listen->path = absolute(listen->path);
      if (listen->path.size() > kSocketPathMax) {
        return problem(field, "the path of the socket is too long",
                       fmt::format("at most {} bytes", kSocketPathMax));
      }
      *std::get<Listen*>(target) = *listen;
      return;
    }
    case Form::kSecret:
    case Form::kSecretUrl:
      return read_secret(field, target, text);
    case Form::kSection:
    case Form::kList:
    case Form::kChoice:
    case Form::kKeys:
    case Form::kText:
    case Form::kName:
    case Form::kUrl:
    case Form::kProxyUrl:
    case Form::kOrigin:
    case Form::kSmtpUrl:
    case Form::kMailAddress:
    case Form::kPath:
    case Form::kReadableFile:
    case Form::kFolder:
    case Form::kEventType:
    case Form::kRule:
      break;
  }
  std::string value = text;
  if (check_text(field, value)) store_text(target, value, origin);
}

}  // namespace idpwatch::config
