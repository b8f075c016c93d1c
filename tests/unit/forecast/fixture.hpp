// An authority, a deployed service and what is known of both, in a few lines.
#pragma once

#include "forecast/forecaster.hpp"
#include "validators/dotnet/dotnet_documents.hpp"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace idpwatch::forecast {

inline constexpr std::string_view kIssuer = "https://id.example.com";
inline constexpr std::string_view kMetadata =
    "https://id.example.com/.well-known/openid-configuration";
inline constexpr std::string_view kKeys = "https://id.example.com/keys";

base::Instant time_of(std::string_view text);
inline const base::Instant kNoon = time_of("2026-11-24T12:00:00Z");

std::string jwk(const std::string& kid);  // equal kids are equal keys
std::string key_set(const std::vector<std::string>& kids);
std::string document(std::string_view issuer);
validators::Served body(std::string text);
validators::Served fault(validators::Fault fault);
std::string thumbprint_of(const std::string& kid);

struct Fixture {
  AuthorityHistory history;
  AuthorityFacts facts;
  model::ValidatorSettings settings;
  TokenFacts tokens;
  std::optional<base::Instant> started_at;
  std::optional<ClockBounds> clock;
  std::optional<SignerPin> signer;
  std::optional<base::Duration> foresight = kForesight;
  std::shared_ptr<validators::DocumentStore> documents;  // null: one for each judgement
  std::optional<deployed::RouteFacts> route;             // what is known of the service's way
  base::Duration looks{base::minutes(1)};  // between two looks: what a change leaves open

  // ASP.NET Core with this Microsoft.IdentityModel.
  explicit Fixture(std::string version, std::string issuer = std::string(kIssuer));

  void serve(base::Instant at, std::string_view url, const validators::Served& served);
  void keys(base::Instant at, const std::vector<std::string>& kids);

  // The authority exchanged its key `times` times, the last time for "old" at `last`.
  void rotates(base::Instant last, base::Duration cadence, base::Duration overlap, int times = 4);

  Forecast judge(base::Instant now, bool restarted_only = false);
  // The bad one of that rule; fails the test when it is good.
  model::Finding finding(std::string_view rule, base::Instant now, bool restarted_only = false);
  bool good(std::string_view rule, base::Instant now);
  std::vector<std::string> bad_rules(base::Instant now);
};

}  // namespace idpwatch::forecast
