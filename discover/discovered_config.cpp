#include "discover/discovered_config.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <array>
#include <cctype>

namespace idpwatch::discover {

namespace {

constexpr std::size_t kCommentMax = 600;

bool plain(const std::string& text) {
  static constexpr std::array<std::string_view, 8> kWords = {"true", "false", "null", "yes",
                                                             "no",   "on",    "off",  "~"};
  const auto fits = [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '/' || c == '.' || c == '_' ||
           c == '-';
  };
  if (text.empty() || std::isalpha(static_cast<unsigned char>(text.front())) == 0) {
    if (!text.starts_with('/')) return false;
  }
  const std::string lower = base::to_lower(text);
  return std::all_of(text.begin(), text.end(), fits) &&
         std::find(kWords.begin(), kWords.end(), lower) == kWords.end();
}

std::string comment(const std::string& text) { return "# " + base::printable(text, kCommentMax); }

std::string flow_list(const std::vector<std::string>& texts) {
  std::vector<std::string> scalars;
  scalars.reserve(texts.size());
  for (const std::string& text : texts) scalars.push_back(yaml_scalar(text));
  return "[" + base::join(scalars, ", ") + "]";
}

std::string settings_text(const std::vector<FoundSetting>& settings) {
  std::vector<std::string> members;
  members.reserve(settings.size());
  for (const FoundSetting& one : settings) {
    std::string& member = members.emplace_back(one.name);
    member += ": ";
    member += one.list ? flow_list(one.values) : yaml_scalar(one.values.front());
  }
  return "{" + base::join(members, ", ") + "}";
}

std::string route_text(const Route& route) {
  std::vector<std::string> members;
  members.reserve(route.variables.size());
  for (const auto& [name, value] : route.variables) members.emplace_back(name).append("=" + value);
  std::string text = "route: ";
  text += members.empty() ? "as this host goes, no proxy and no certificates of its own"
                          : base::join(members, ", ");
  return text + (route.same_place ? "" : "; from another network than idpwatch's");
}

// The lines of one entry, with the indent of a member.
std::vector<std::string> entry_lines(const FoundService& service) {
  std::vector<std::string> lines;
  const auto add = [&lines](const std::string& name, const std::string& value) {
    if (!value.empty()) lines.push_back(name + ": " + value);
  };
  const auto scalar = [](const std::string& text) {
    return text.empty() ? text : yaml_scalar(text);
  };
  add("name", yaml_scalar(service.name));
  if (!service.files.empty()) add("files", flow_list(service.files));
  add("environment_file", scalar(service.environment_file));
  add("profile", scalar(service.profile));
  if (!service.version.empty()) add("version", "\"" + service.version + "\"");
  if (!service.settings.empty()) add("settings", settings_text(service.settings));
  add("unit", scalar(service.unit));
  return lines;
}

void write_entry(std::string& out, const FoundService& service) {
  out += "\n  " + comment(service.where) + "\n";
  for (const std::string& line : service.reads) out += "  " + comment("  reads " + line) + "\n";
  out += "  " + comment("  " + route_text(service.route)) + "\n";
  for (const std::string& note : service.notes) out += "  " + comment("  note: " + note) + "\n";
  bool first = true;
  for (const std::string& line : entry_lines(service)) {
    out += (first ? "  - " : "    ") + line + "\n";
    first = false;
  }
}

void write_others(std::string& out, const Discovery& discovery) {
  bool any = false;
  for (const FoundService& service : discovery.services) {
    if (service.entry) continue;
    if (!any) out += "\n# Found, and nothing to judge so far:\n";
    any = true;
    out += comment("  " + service.where) + "\n";
    for (const std::string& note : service.notes) out += comment("      " + note) + "\n";
  }
}

void write_not_read(std::string& out, const Discovery& discovery) {
  if (discovery.not_read.empty()) return;
  out += "\n# Not read, or not readable to the service:\n";
  for (const NotRead& one : discovery.not_read) {
    out += comment("  " + one.path + ": " + one.why) + "\n";
    if (!one.remedy.empty()) out += comment("      " + one.remedy) + "\n";
  }
}

}  // namespace

std::string yaml_scalar(const std::string& text) {
  static constexpr std::string_view kHex = "0123456789abcdef";
  if (plain(text)) return text;
  std::string out = "\"";
  const std::string utf8 = base::repair_utf8(text);
  for (std::size_t i = 0; i < utf8.size(); ++i) {
    const char c = utf8[i];
    const auto code = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (c == '$' && i + 1 < utf8.size() && utf8[i + 1] == '{') {
      out += "$$";  // $${ is a literal ${ to our configuration
    } else if (code < 0x20 || code == 0x7F) {
      out += "\\x";
      out += kHex[code >> 4U];
      out += kHex[code & 0xFU];
    } else {
      out += c;
    }
  }
  return out + "\"";
}

std::string discovered_config(const Discovery& discovery) {
  const auto entries = std::count_if(discovery.services.begin(), discovery.services.end(),
                                     [](const FoundService& one) { return one.entry; });
  std::string out =
      "# What `idpwatch discover` found. Read it through, write it to "
      "/etc/idpwatch/conf.d/deployed.yaml,\n"
      "# and then: `idpwatch config check`, `systemctl reload idpwatch`, `idpwatch forecast`.\n"
      "# The authorities that these files name are watched without being listed.\n";
  for (const std::string& place : discovery.looked_at) out += comment("Looked at " + place) + "\n";
  out += entries == 0 ? "\n# No service whose settings could be read was found.\ndeployments: []\n"
                      : "\ndeployments:";
  for (const FoundService& service : discovery.services) {
    if (service.entry) write_entry(out, service);
  }
  write_others(out, discovery);
  write_not_read(out, discovery);
  return out;
}

}  // namespace idpwatch::discover
