#include "validators/dotnet/profile_facts.hpp"

#include "base/time.hpp"
#include "validators/dotnet/identity_model.hpp"
#include "validators/dotnet/recorded_versions.hpp"

namespace idpwatch::validators {
namespace {

constexpr std::string_view kSources = "library sources 5.3.0 to 8.1.2; recording of a real run";
constexpr std::string_view kRecording = "recording of a real run";

std::string_view describe(ManagerPolicy::Jitter jitter) {
  switch (jitter) {
    case ManagerPolicy::Jitter::kNone:
      return "none";
    case ManagerPolicy::Jitter::kOnceMinutes:
      return "0 to 59 min, drawn once";
    case ManagerPolicy::Jitter::kEachMinutes:
      return "0 to 59 min at each refresh";
    case ManagerPolicy::Jitter::kEachTwentieth:
      return "0 to 5 % at each refresh";
  }
  return {};
}

std::string_view describe(ManagerPolicy::Mode mode) {
  switch (mode) {
    case ManagerPolicy::Mode::kBlocking:
      return "by the request that meets it";
    case ManagerPolicy::Mode::kBackground:
    case ManagerPolicy::Mode::kBackgroundFaulty:
      return "in the background; the request goes on with what is cached";
  }
  return {};
}

std::string_view describe(ManagerPolicy::Bootstrap bootstrap) {
  switch (bootstrap) {
    case ManagerPolicy::Bootstrap::kFixed:
      return "nothing for the forced refresh interval";
    case ManagerPolicy::Bootstrap::kExponential:
      return "random, bound doubling from 1 s, then the forced refresh interval";
    case ManagerPolicy::Bootstrap::kNone:
      return "every request tries again";
  }
  return {};
}

std::string_view describe(LibraryTraits::UnknownKid unknown) {
  switch (unknown) {
    case LibraryTraits::UnknownKid::kAtOnce:
      return "IDX10501";
    case LibraryTraits::UnknownKid::kAfterLifetime:
      return "IDX10501, or IDX10516 when lifetime or issuer also fail";
    case LibraryTraits::UnknownKid::kAfterClaims:
      return "lifetime, issuer and audience first, then IDX10503 (no keys at all: IDX10500)";
  }
  return {};
}

std::vector<ProfileFact> cache_facts(const LibraryTraits& traits) {
  const std::string source(kSources);
  const ManagerPolicy& cache = traits.cache;
  return {
      {"automatic_refresh_s", base::describe_duration(cache.automatic), source},
      {"jitter", std::string(describe(cache.jitter)), source},
      {"min_refresh_s", base::describe_duration(cache.refresh), source},
      {"first forced refresh", cache.first_forced_free ? "never throttled" : "throttled", source},
      {"refresh", std::string(describe(cache.mode)), source},
      {"after a failed first fetch", std::string(describe(cache.bootstrap)), source},
      {"retry of a GET", traits.retries_503 ? "once, on 408 and 503" : "none", source},
  };
}

std::vector<ProfileFact> aspnet_facts(Version version) {
  const LibraryTraits traits = library_traits(version, false);
  const std::string source(kSources);
  std::vector<ProfileFact> facts = cache_facts(traits);
  facts.push_back({"unknown kid", std::string(describe(traits.unknown_kid)), source});
  facts.push_back({"token without kid", std::string(traits.missing_kid_error), source});
  facts.push_back({"last_known_good_s",
                   traits.version.major >= 7 ? "1 h (with ASP.NET Core 8 and newer)" : "none",
                   source});
  facts.push_back({"clock_skew_s", "5 min", source});
  facts.push_back({"fetch_timeout_s", "1 min for each GET", source});
  facts.push_back({"JSON", traits.json.lenient ? "Newtonsoft.Json" : "System.Text.Json", source});
  return facts;
}

}  // namespace

std::vector<ProfileVersion> aspnet_versions() {
  std::vector<ProfileVersion> versions;
  for (const RecordedVersion& one : recorded_versions()) {
    versions.push_back({one.version.text(),
                        {one.variants.begin(), one.variants.end()},
                        aspnet_facts(one.version)});
  }
  return versions;
}

std::vector<ProfileVersion> identity_web_versions() {
  const std::string source(
      "sources of Microsoft.Identity.Web and Microsoft.IdentityModel.Validators; recording");
  std::vector<ProfileVersion> versions;
  for (const std::string version : {"4.15.0", "4.18.0"}) {
    std::vector<ProfileFact> facts{
        {"library", "Microsoft.IdentityModel 8.23.0", std::string(kRecording)},
        {"audience, none configured", "ver 2.0: the client id; ver 1.0: api:// and the client id",
         source},
        {"issuer",
         "of the v1, v1.1 or v2 document, by the end of the token's issuer; {tenantid} filled in",
         source},
        {"signing key", "its own issuer must fit the token's tenant", source},
        {"scope or roles", "scp, roles or role must be in the token", source}};
    const auto cache = cache_facts(library_traits({8, 23, 0}, false));
    facts.insert(facts.end(), cache.begin(), cache.end());
    versions.push_back({version, {""}, std::move(facts)});
  }
  return versions;
}

std::vector<ProfileVersion> openiddict_versions() {
  const std::string source("sources of OpenIddict.Validation; recording");
  std::vector<ProfileFact> facts = cache_facts(library_traits({8, 23, 0}, false));
  facts.back() = {"retry of a GET",
                  "five tries, 1, 2, 4 and 8 s apart, on 404, 408, 429, 5xx and broken connections",
                  source};
  facts.push_back({"clock_skew_s", "0", source});
  facts.push_back({"nbf, iat", "never checked", source});
  facts.push_back({"typ", "at+jwt or application/at+jwt", source});
  facts.push_back({"key set",
                   "one key of another kind, or a key with missing members, refuses it whole",
                   source});
  facts.push_back({"last_known_good_s", "none", source});
  return {{"7.8.0", {""}, std::move(facts)}};
}

}  // namespace idpwatch::validators
