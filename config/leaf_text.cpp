// Texts that mean something: names, URLs, paths, rules, event types.
#include "alerts/receivers/mail_text.hpp"
#include "alerts/receivers/smtp_url.hpp"
#include "base/text.hpp"
#include "base/url.hpp"
#include "config/leaf.hpp"
#include "model/event.hpp"
#include "model/lint_rules.hpp"
#include "model/rules.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <utility>

namespace idpwatch::config {
namespace {

constexpr std::size_t kTextBytesMax = 4096;
constexpr std::size_t kNameBytesMax = 200;

std::string shown(std::string_view text) { return "\"" + base::printable(text, 80) + "\""; }

// Names stand in URLs, logs, file names and message titles.
std::string name_fault(std::string_view name) {
  if (name.empty()) return "a name must not be empty";
  if (name.size() > kNameBytesMax) return fmt::format("a name has at most {} bytes", kNameBytesMax);
  if (base::trim(name) != name) return "a name neither begins nor ends with white space";
  if (base::printable(name, kNameBytesMax) != name) {
    return "a name may contain only printable characters";
  }
  return {};
}

std::string url_fault(Form form, const std::string& text) {
  std::string candidate = text;
  if (form == Form::kProxyUrl) {
    if (text.empty()) return {};
    for (const std::string_view scheme : {"socks4://", "socks4a://", "socks5://", "socks5h://"}) {
      if (text.starts_with(scheme)) candidate = "http://" + text.substr(scheme.size());
    }
  }
  const auto url = base::parse_url(candidate);
  // A proxy's text may hold a password.
  if (!url) return form == Form::kProxyUrl ? "this is not a proxy URL" : url.error().message;
  if (form != Form::kProxyUrl && !url->user.empty()) {
    return "a URL with user name or password is not taken";
  }
  if (!url->fragment.empty()) return "a fragment (#) has no meaning here";
  if (form == Form::kOrigin && (url->path != "/" || !url->query.empty() || text.ends_with('/'))) {
    return "an origin is only scheme://host[:port]";
  }
  return {};
}

std::vector<std::string> event_types() {
  std::vector<std::string> names;
  for (int i = 0; i <= static_cast<int>(model::EventType::kDeploymentChanged); ++i) {
    names.emplace_back(model::to_text(static_cast<model::EventType>(i)));
  }
  return names;
}

}  // namespace

bool LeafReader::check_text(const Field& field, std::string& text) {
  const auto refuse = [&](std::string message, std::string hint = {}) {
    problem(field, std::move(message), std::move(hint));
    return false;
  };
  if (text.size() > kTextBytesMax) {
    return refuse(fmt::format("longer than {} bytes", kTextBytesMax));
  }
  if (text.find('\0') != std::string::npos) return refuse("a zero byte has no meaning here");
  if (text.empty() &&
      (field.row.required || (!field.row.nullable && field.row.form != Form::kText))) {
    return refuse("a text must not be empty",
                  field.row.example.empty() ? "" : "for example " + field.row.example);
  }
  const Form form = field.row.form;
  if (form == Form::kName) {
    const std::string fault = name_fault(text);
    return fault.empty() || refuse(shown(text) + ": " + fault);
  }
  if (form == Form::kUrl || form == Form::kProxyUrl || form == Form::kOrigin) {
    const std::string fault = url_fault(form, text);
    return fault.empty() ||
           refuse(fault, field.row.example.empty() ? "for example https://idp.example.com/path"
                                                   : "for example " + field.row.example);
  }
  if (form == Form::kSmtpUrl) {
    const auto server = alerts::parse_smtp_url(text);
    return server.has_value() || refuse(server.error().message, server.error().hint);
  }
  if (form == Form::kMailAddress) {
    return alerts::is_mail_address(text) ||
           refuse(shown(text) + " is not a mail address",
                  "give the bare address, ASCII: oncall@example.com");
  }
  if (form == Form::kEventType) return check_event_type(field, text);
  if (form == Form::kRule) return check_rule(field, text);
  if (form == Form::kReadableFile) {
    text = absolute_credential(text);
    return check_readable(field, text);
  }
  if (form == Form::kPath || form == Form::kFolder) text = absolute(text);
  return true;
}

bool LeafReader::check_event_type(const Field& field, const std::string& text) {
  if (model::event_type(text)) return true;
  const std::vector<std::string> names = event_types();
  if (is_full(problems_)) return false;
  const auto near = base::nearest(text, names);
  problem(field, shown(text) + " is not an event type",
          near ? "did you mean " + *near + "?" : "types: " + base::join(names, ", "));
  return false;
}

bool LeafReader::check_rule(const Field& field, const std::string& text) {
  if (is_full(problems_)) return false;
  const bool pattern = text.ends_with('*');
  const std::string_view stem = std::string_view(text).substr(0, text.size() - (pattern ? 1 : 0));
  std::vector<std::string> ids;
  for (const model::Rule& rule : model::rules()) ids.emplace_back(rule.id);
  // Lint rules are a family of their own.
  std::erase(ids, "lint-");
  ids.insert(ids.end(), model::lint_rule_ids().begin(), model::lint_rule_ids().end());
  const bool known = pattern
                         ? std::any_of(ids.begin(), ids.end(),
                                       [&](const std::string& id) { return id.starts_with(stem); })
                         : std::find(ids.begin(), ids.end(), text) != ids.end();
  if (known) return true;
  const auto near = base::nearest(text, ids);
  problem(field, shown(text) + " is not a rule",
          near ? "did you mean " + *near + "?" : "the rules are listed in docs/rules.md");
  return false;
}

std::string LeafReader::absolute(const std::string& path) const {
  const std::filesystem::path given(path);
  return given.is_absolute() ? path
                             : (std::filesystem::path(folder_) / given).lexically_normal().string();
}

std::string LeafReader::absolute_credential(const std::string& path) const {
  const auto folder = world_.environment.get_nonempty("CREDENTIALS_DIRECTORY");
  if (folder && !std::filesystem::path(path).is_absolute()) {
    const std::string candidate =
        (std::filesystem::path(*folder) / path).lexically_normal().string();
    if (world_.read(candidate)) return candidate;
  }
  return absolute(path);
}

bool LeafReader::check_readable(const Field& field, const std::string& path) {
  if (readable_.contains(path)) return true;
  const auto bytes = world_.read(path);
  if (!bytes) {
    problem(field, bytes.error().message, bytes.error().hint);
    return false;
  }
  readable_.insert(path);
  return true;
}

}  // namespace idpwatch::config
