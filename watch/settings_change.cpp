#include "watch/settings_change.hpp"

#include "base/time.hpp"
#include "model/settings_table.hpp"

#include <algorithm>
#include <map>
#include <utility>

namespace idpwatch::watch {

namespace {

using Named = std::map<std::string, std::string>;

std::string text_of(const std::string& value) { return "'" + value + "'"; }
std::string text_of(bool value) { return value ? "true" : "false"; }
std::string text_of(base::Duration value) { return base::format_duration(value); }
std::string text_of(const std::vector<std::string>& values) {
  std::string out;
  for (const std::string& value : values) out += text_of(value) + ",";
  return "[" + out + "]";
}

template <class T>
void add(Named& named, const std::string& name, const model::Setting<T>& setting) {
  if (setting.absent()) return;
  named[name] = setting.is_null() ? "null" : text_of(setting.value());
}

Named named_settings(const std::vector<WatchedValidator>& validators) {
  Named named;
  for (const WatchedValidator& watched : validators) {
    const std::string prefix = watched.name + " ";
    const model::ValidatorSettings& settings = watched.settings;
    named[prefix + "version"] =
        settings.profile + "@" + settings.version + "+" + settings.variant + settings.framework;
    if (settings.start_fault) named[prefix + "start"] = settings.start_fault->message;
    if (settings.options_fault) named[prefix + "options"] = settings.options_fault->message;
    model::for_each_setting([&](const char* name, auto member, const char*) {
      add(named, prefix + name, settings.*member);
    });
  }
  return named;
}

}  // namespace

std::vector<std::string> changed_settings(const std::vector<WatchedValidator>& before,
                                          const std::vector<WatchedValidator>& after) {
  const Named old_ones = named_settings(before);
  const Named new_ones = named_settings(after);
  std::vector<std::string> changed;
  for (const auto& [name, text] : old_ones) {
    const auto found = new_ones.find(name);
    if (found == new_ones.end() || found->second != text) changed.push_back(name);
  }
  for (const auto& [name, text] : new_ones) {
    if (!old_ones.contains(name)) changed.push_back(name);
  }
  std::sort(changed.begin(), changed.end());
  return changed;
}

}  // namespace idpwatch::watch
