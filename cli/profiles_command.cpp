#include "base/text.hpp"
#include "cli/commands.hpp"
#include "cli/exit_code.hpp"
#include "cli/streams.hpp"
#include "cli/terminal.hpp"
#include "validators/core/profiles.hpp"

#include <nlohmann/json.hpp>

namespace idpwatch::cli {
namespace {

using Json = nlohmann::ordered_json;
using validators::Profile;
using validators::ProfileFact;
using validators::ProfileVersion;

Json json_of(const ProfileVersion& version) {
  Json facts = Json::array();
  for (const ProfileFact& fact : version.facts) {
    facts.push_back({{"name", fact.name}, {"value", fact.value}, {"source", fact.source}});
  }
  return {{"version", version.version}, {"variants", version.variants}, {"values", facts}};
}

Json json_of(const Profile& profile) {
  Json versions = Json::array();
  for (const ProfileVersion& version : profile.versions()) {
    versions.push_back(json_of(version));
  }
  return {{"name", profile.name}, {"title", profile.title}, {"versions", versions}};
}

std::string variants_of(const ProfileVersion& version) {
  std::string text;
  for (const std::string& variant : version.variants) {
    text += (text.empty() ? "" : ", ") + (variant.empty() ? std::string("plain") : variant);
  }
  return text;
}

void print_list(std::span<const Profile> profiles, Streams& streams) {
  Table table({"PROFILE", "VERSION", "RECORDED", "WHAT"});
  for (const Profile& profile : profiles) {
    for (const ProfileVersion& version : profile.versions()) {
      table.add({{std::string(profile.name), Colour::kBold},
                 {version.version},
                 {variants_of(version)},
                 {std::string(profile.title)}});
    }
  }
  table.print(streams.out, streams.colour);
}

void print_profile(const Profile& profile, Streams& streams) {
  streams.out << paint(profile.name, Colour::kBold, streams.colour) << "  " << profile.title
              << '\n';
  for (const ProfileVersion& version : profile.versions()) {
    streams.out << '\n' << version.version << " (recorded: " << variants_of(version) << ")\n";
    Table table({"  VALUE", "IS", "SOURCE"});
    for (const ProfileFact& fact : version.facts) {
      table.add({{"  " + fact.name}, {fact.value}, {fact.source, Colour::kDim}});
    }
    table.print(streams.out, streams.colour);
  }
}

base::Error no_such_profile(const std::string& name) {
  std::vector<std::string> known;
  for (const Profile& profile : validators::profiles()) {
    known.emplace_back(profile.name);
  }
  const auto near = base::nearest(name, known);
  return base::make_error(
      base::ErrorKind::kUsage, "no profile '" + base::printable(name) + "'",
      near ? "did you mean '" + *near + "'?" : "known: " + base::join(known, ", "));
}

}  // namespace

int run_profiles(const ProfilesOptions& options, Streams& streams) {
  std::span<const Profile> shown = validators::profiles();
  if (options.name) {
    const Profile* one = validators::find_profile(*options.name);
    if (one == nullptr) {
      return report(streams, no_such_profile(*options.name));
    }
    shown = std::span(one, 1);
  }
  if (options.output == Output::kJson) {
    Json document{{"schema", "idpwatch.profiles/v1"}, {"profiles", Json::array()}};
    for (const Profile& profile : shown) {
      document["profiles"].push_back(json_of(profile));
    }
    streams.out << document.dump(2) << '\n';
  } else if (options.name) {
    print_profile(shown.front(), streams);
  } else {
    print_list(shown, streams);
  }
  return kFine;
}

}  // namespace idpwatch::cli
