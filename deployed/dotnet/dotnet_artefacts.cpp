#include "deployed/dotnet/dotnet_artefacts.hpp"

#include "base/located_json.hpp"
#include "base/text.hpp"
#include "deployed/dotnet/dotnet_version.hpp"

#include <utility>

namespace idpwatch::deployed {

namespace {

constexpr base::LocatedJsonLimits kLimits{8'388'608, 64, 200'000, 67'108'864};

base::Result<base::LocatedJson> read(std::string_view path, std::string_view bytes) {
  auto json = base::read_located_json(bytes, kLimits);
  if (!json) return base::fail(json.error().error().in(path));
  return std::move(*json);
}

// "libraries:Microsoft.IdentityModel.Tokens/8.0.1:type" -> the package, once.
void add_library(DotnetArtefacts& artefacts, std::string_view path,
                 const base::LocatedValue& value) {
  constexpr std::string_view kPrefix = "libraries:";
  std::string_view rest = std::string_view(value.path).substr(kPrefix.size());
  rest = rest.substr(0, rest.find(':'));
  const std::size_t slash = rest.find('/');
  if (slash == std::string_view::npos) return;
  const std::string name(rest.substr(0, slash));
  if (!artefacts.packages.empty() && artefacts.packages.back().name == name) return;
  artefacts.packages.push_back({name,
                                std::string(rest.substr(slash + 1)),
                                {std::string(path), value.line, "libraries:" + std::string(rest)}});
}

void set_framework(DotnetArtefacts& artefacts, std::string_view version, model::Origin origin) {
  const auto fresh = parse_package_version(version);
  if (!fresh) return;
  artefacts.framework = version;
  artefacts.framework_origin = std::move(origin);
}

// "runtimeOptions:framework:version", ":frameworks:N:version", ":includedFrameworks:N:version". The
// last is exact (self-contained); the others say "this patch or later", so the patch is dropped.
void take_framework(DotnetArtefacts& artefacts, const base::LocatedValue& value,
                    model::Origin origin) {
  const std::string path = base::to_lower(value.path);
  if (!path.ends_with(":version")) return;
  if (path.starts_with("runtimeoptions:includedframeworks:")) {
    set_framework(artefacts, value.value, std::move(origin));
  } else if (path.starts_with("runtimeoptions:framework")) {
    const std::size_t dot = value.value.find('.', value.value.find('.') + 1);
    set_framework(artefacts, value.value.substr(0, dot), std::move(origin));
  }
}

}  // namespace

const Package* DotnetArtefacts::package(std::string_view name) const {
  for (const Package& each : packages) {
    if (base::iequals(each.name, name)) return &each;
  }
  return nullptr;
}

const Switch* DotnetArtefacts::find_switch(std::string_view name) const {
  for (const Switch& each : switches) {
    if (each.name == name) return &each;
  }
  return nullptr;
}

bool is_deps_file(std::string_view path) { return path.ends_with(".deps.json"); }

bool is_runtime_config_file(std::string_view path) { return path.ends_with(".runtimeconfig.json"); }

base::Status add_deps_file(DotnetArtefacts& artefacts, std::string_view path,
                           std::string_view bytes) {
  const auto json = read(path, bytes);
  if (!json) return base::fail(json.error());
  for (const base::LocatedValue& value : json->values) {
    if (value.path.starts_with("libraries:")) add_library(artefacts, path, value);
    constexpr std::string_view kTarget = ".NETCoreApp,Version=v";
    if (value.path == "runtimeTarget:name" && value.value.starts_with(kTarget) &&
        artefacts.framework.empty()) {
      std::string_view version = std::string_view(value.value).substr(kTarget.size());
      version = version.substr(0, version.find('/'));
      set_framework(artefacts, version, {std::string(path), value.line, value.path});
    }
  }
  return base::Ok{};
}

base::Status add_runtime_config_file(DotnetArtefacts& artefacts, std::string_view path,
                                     std::string_view bytes) {
  const auto json = read(path, bytes);
  if (!json) return base::fail(json.error());
  for (const base::LocatedValue& value : json->values) {
    model::Origin origin{std::string(path), value.line, value.path};
    constexpr std::string_view kProperties = "runtimeOptions:configProperties:";
    if (value.path.starts_with(kProperties)) {
      // AppContext reads "true" in any case, written as a boolean or as text.
      artefacts.switches.push_back({value.path.substr(kProperties.size()),
                                    base::iequals(base::trim(value.value), "true"),
                                    std::move(origin)});
    } else {
      take_framework(artefacts, value, std::move(origin));
    }
  }
  return base::Ok{};
}

}  // namespace idpwatch::deployed
