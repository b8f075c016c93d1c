// What a deployed validator was told: the settings of one validator, each with the place it was
// read from. Written by deployed/ (from files and environment), by the loader of stories and by our
// own configuration (`settings:`); read by validators/ and forecast/.
//
// Absent, null and empty are three things: an absent setting is the library's default, null is an
// explicit null handed to the library, [] an empty list. Nothing here knows a default: defaults
// depend on the profile and its version and live in validators/.
//
// Pure values, copied freely between threads. Names follow the `settings` of stories.
#pragma once

#include "base/time.hpp"

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace idpwatch::model {

// Where a value stands. All members may be empty (a value that we were told, or a default).
struct Origin {
  std::string file;
  int line = 0;     // from 1; 0 = unknown
  std::string key;  // "Authentication:Schemes:Bearer:Authority"; an environment variable's name

  [[nodiscard]] bool known() const { return !file.empty() || !key.empty(); }
};

// One setting in its three states.
template <class T>
class Setting {
 public:
  Setting() = default;
  explicit Setting(T value, Origin origin = {})
      : state_(State::kSet), value_(std::move(value)), origin_(std::move(origin)) {}
  static Setting null(Origin origin = {}) {
    Setting made;
    made.state_ = State::kNull;
    made.origin_ = std::move(origin);
    return made;
  }

  [[nodiscard]] bool absent() const { return state_ == State::kAbsent; }
  [[nodiscard]] bool is_null() const { return state_ == State::kNull; }
  [[nodiscard]] bool has_value() const { return state_ == State::kSet; }
  // The value; a default-constructed T when there is none.
  [[nodiscard]] const T& value() const { return value_; }
  [[nodiscard]] T value_or(T other) const { return has_value() ? value_ : std::move(other); }
  [[nodiscard]] const Origin& origin() const { return origin_; }

 private:
  enum class State { kAbsent, kNull, kSet };
  State state_ = State::kAbsent;
  T value_{};
  Origin origin_;
};

using TextSetting = Setting<std::string>;
using ListSetting = Setting<std::vector<std::string>>;
using FlagSetting = Setting<bool>;
using DurationSetting = Setting<base::Duration>;

// Which code puts the values into the library's options; the same absent value means different
// things to them (docs/deployed.md).
enum class Binding {
  kCode,  // services.AddJwtBearer(options => ...): a story's `settings`, or hand-written sections
  kFrameworkBinder  // AddJwtBearer() without code reads Authentication:Schemes:NAME (.NET 7 on)
};

// The process does not come up with what is deployed (broken JSON, duplicate key).
struct StartFault {
  std::string message;  // what the process prints, as near as we know it
  Origin origin;
};

struct ValidatorSettings {
  std::string profile;  // "aspnetcore-jwtbearer"
  std::string scheme;   // authentication scheme, provider or listener inside the file; may be empty
  // Of the library that decides (Microsoft.IdentityModel for .NET; Microsoft.Identity.Web and
  // OpenIddict for theirs). Empty = unknown, judged as the newest known one.
  std::string version;
  Origin version_origin;
  // Joined by "+": "blocking", "legacy-handler", "host7". Empty = the version's own behaviour.
  std::string variant;
  // The framework around the library where it decides too ("7.0.11": ASP.NET Core JwtBearer).
  // Empty = the one that usually comes with `version`.
  std::string framework;
  // Microsoft.Identity.Web alone: the Microsoft.IdentityModel that it runs on. Empty = its own.
  std::string library;
  // Packages beside the one that decides, where their versions change the answer. Empty = the same
  // version as the one that decides.
  std::string protocols;   // Microsoft.IdentityModel.Protocols.OpenIdConnect
  std::string validators;  // Microsoft.IdentityModel.Validators
  Origin protocols_origin;
  Binding binding = Binding::kCode;
  std::optional<StartFault> start_fault;
  // The options cannot be made (a text that is no boolean or no time span): the process comes up,
  // and every request that needs authentication answers 500.
  std::optional<StartFault> options_fault;

  TextSetting authority;
  TextSetting metadata_url;
  TextSetting jwks_url;
  ListSetting issuers;
  ListSetting audiences;
  ListSetting algorithms;
  ListSetting types;
  DurationSetting clock_skew;         // clock_skew_s
  DurationSetting automatic_refresh;  // automatic_refresh_s
  DurationSetting min_refresh;        // min_refresh_s
  DurationSetting fetch_timeout;      // fetch_timeout_s
  DurationSetting last_known_good;    // last_known_good_s; zero = off
  FlagSetting require_https;
  FlagSetting refresh_on_unknown_kid;
  FlagSetting try_all_keys;
  FlagSetting validate_issuer;
  FlagSetting validate_audience;
  FlagSetting validate_lifetime;
  FlagSetting validate_signing_key;
  FlagSetting require_expiration;
  FlagSetting use_cache_control;
  FlagSetting include_error_details;
  ListSetting pinned_keys;  // each one a JWK, JSON text

  // Microsoft.Identity.Web and other Entra clients.
  TextSetting client_id;
  TextSetting tenant_id;
  TextSetting instance;
  TextSetting user_flow;  // the policy of Azure AD B2C: SignUpSignInPolicyId
  FlagSetting allow_acl;  // AllowWebApiToBeAuthorizedByACL
};

}  // namespace idpwatch::model
