// The fields of the entries of lists: authorities and deployments.
#include "config/row.hpp"
#include "model/settings_table.hpp"

#include <string_view>
#include <type_traits>
#include <utility>

namespace idpwatch::config {
namespace {

using model::AuthoritySpec;

// A member of the specification that lies inside the entry.
template <auto Place>
auto& of_spec(AuthorityConfig& entry) {
  return entry.spec.*Place;
}

template <auto Place>
Row spec(std::string name, Form form, About about) {
  return leaf(std::move(name), form, &of_spec<Place>, std::move(about));
}

std::shared_ptr<const Table> expect_rows() {
  return rows({
      spec<&AuthoritySpec::expect_algorithms>(
          "algorithms", Form::kText,
          {.help = "The signing algorithms that must be among its keys.", .example = "[RS256]"}),
      spec<&AuthoritySpec::expect_keys_min>("min_keys", Form::kInteger,
                                            {.fallback = "1",
                                             .least = "0",
                                             .most = "1000",
                                             .help = "The least number of usable signing keys."}),
  });
}

Table authority_leaves() {
  return {
      spec<&AuthoritySpec::name>(
          "name", Form::kName,
          {.help = "What it is called in events, findings and messages. Unique.",
           .example = "entra",
           .required = true}),
      spec<&AuthoritySpec::issuer>(
          "issuer", Form::kUrl,
          {.help = "The issuer, exactly as its tokens carry it in `iss`.",
           .example = "https://login.microsoftonline.com/contoso.example/v2.0",
           .required = true}),
      spec<&AuthoritySpec::metadata_url>(
          "metadata_url", Form::kUrl,
          {.help = "Its discovery document. Absent: the issuer and "
                   "`/.well-known/openid-configuration`.",
           .example = "https://idp.example.com/.well-known/oauth-authorization-server"}),
      spec<&AuthoritySpec::jwks_url>(
          "jwks_url", Form::kUrl,
          {.help = "Its key set, instead of the one that discovery names. Without `metadata_url` "
                   "no discovery document is asked for.",
           .example = "https://idp.example.com/jwks.json"}),
      spec<&AuthoritySpec::interval>("interval", Form::kDuration,
                                     {.least = "1s", .most = "7d", .help = "As in `defaults`."}),
      spec<&AuthoritySpec::timeout>("timeout", Form::kDuration,
                                    {.least = "100ms", .most = "5m", .help = "As in `defaults`."}),
      spec<&AuthoritySpec::http2>("http2", Form::kFlag, {.help = "As in `defaults`."}),
      spec<&AuthoritySpec::ip_version>("ip_version", Form::kChoice,
                                       {.choices = {"any", "4", "6"}, .help = "As in `defaults`."}),
      spec<&AuthoritySpec::proxy>("proxy", Form::kProxyUrl, {.help = "As in `defaults`."}),
      spec<&AuthoritySpec::ca_file>("ca_file", Form::kReadableFile, {.help = "As in `defaults`."}),
      spec<&AuthoritySpec::client_cert>(
          "client_cert", Form::kReadableFile,
          {.help =
               "PEM certificate to show to the authority: at the origins (scheme, host and port) "
               "of "
               "`issuer`, `metadata_url` and `jwks_url` alone, never at a learned or redirected "
               "one.",
           .example = "client.pem"}),
      spec<&AuthoritySpec::client_key_file>(
          "client_key_file", Form::kReadableFile,
          {.help = "Its private key (PEM). Needed with `client_cert`.", .example = "client.key"}),
      same_owner_section<AuthorityConfig>("expect", expect_rows(),
                                          "What its key set must contain."),
      section(
          "canary", &AuthorityConfig::canary, canary_rows(),
          "A token of this authority, fetched ahead of its expiry: shows which key signs now and "
          "what tokens contain."),
  };
}

std::shared_ptr<const Table> settings_rows() {
  Table out;
  model::for_each_setting([&](const char* name, auto member, const char* help) {
    using Value = std::decay_t<decltype((model::ValidatorSettings{}.*member).value())>;
    if constexpr (std::is_same_v<Value, base::Duration>) {
      out.push_back(
          leaf(name, Form::kSeconds, member, {.least = "0", .most = "315360000", .help = help}));
    } else if constexpr (std::is_same_v<Value, bool>) {
      out.push_back(leaf(name, Form::kFlag, member, {.help = help}));
    } else {
      const bool keys = std::string_view(name) == "pinned_keys";
      out.push_back(leaf(name, keys ? Form::kKeys : Form::kText, member, {.help = help}));
    }
  });
  return rows(std::move(out));
}

std::shared_ptr<const Table> claims_rows() {
  using T = CallerTokens;
  return rows({
      leaf("kid", Form::kFlag, &T::kid, {.help = "Whether their header has a `kid`."}),
      leaf("nbf", Form::kFlag, &T::not_before,
           {.help = "Whether they have `nbf`: without it no clock makes them too new."}),
      leaf("scp", Form::kFlag, &T::scope, {.help = "Whether they have `scp` or `roles`."}),
  });
}

std::shared_ptr<const Table> tokens_rows() {
  return rows({
      leaf("lifetime", Form::kDuration, &CallerTokens::lifetime,
           {.fallback = "1h", .least = "1s", .most = "3650d", .help = "How long they live."}),
      leaf("issuer", Form::kText, &CallerTokens::issuer, {.help = "Their `iss`."}),
      leaf(
          "audience", Form::kText, &CallerTokens::audience,
          {.help = "Their `aud`: what callers ask the authority for; `none`: tokens without `aud`.",
           .example = "api://orders"}),
      leaf("algorithm", Form::kText, &CallerTokens::algorithm, {.help = "Their `alg`."}),
      same_owner_section<CallerTokens>("claims", claims_rows(),
                                       "What they have or lack, where that decides."),
  });
}

std::shared_ptr<const Table> expected_challenge_rows() {
  return rows({
      leaf("resource", Form::kText, &Endpoint::expect_resource,
           {.help = "The resource that its challenge and its RFC 9728 metadata name. Absent: the "
                    "deployed audiences, and the called address.",
            .example = "https://vault.azure.net"}),
      leaf("authority", Form::kUrl, &Endpoint::expect_authority,
           {.help = "The authority that they name. Absent: the deployed ones.",
            .example = "https://login.microsoftonline.com/contoso.example"}),
  });
}

std::shared_ptr<const Table> endpoint_rows() {
  return rows({
      leaf("url", Form::kUrl, &Endpoint::url,
           {.help = "A protected resource of the service.",
            .example = "https://orders.example.com/api/health",
            .required = true}),
      leaf("method", Form::kChoice, &Endpoint::method,
           {.fallback = "GET",
            .choices = {"GET", "POST"},
            .help = "How it is called, on each interval. A POST has an empty body: name an address "
                    "where that changes nothing."}),
      leaf("cors_origin", Form::kOrigin, &Endpoint::cors_origin,
           {.help = "The page that calls it from a browser. Absent: CORS is not judged.",
            .example = "https://app.example.com"}),
      leaf("cors_method", Form::kChoice, &Endpoint::cors_method,
           {.choices = {"GET", "POST", "HEAD", "PUT", "PATCH", "DELETE"},
            .help = "How that page calls it; asked about in the preflight, never sent. Absent: "
                    "`method`."}),
      leaf("credentials", Form::kFlag, &Endpoint::credentials,
           {.fallback = "false",
            .help = "Whether that page calls it with `credentials: 'include'` (cookies). A token "
                    "that a script puts into `Authorization` does not need that."}),
      leaf("forwarded_proto", Form::kChoice, &Endpoint::forwarded_proto,
           {.choices = {"https", "http"},
            .help = "Sent as `X-Forwarded-Proto`, where `url` is behind the proxy that ends TLS. "
                    "Absent: not sent."}),
      same_owner_section<Endpoint>("expect", expected_challenge_rows(),
                                   "What its challenge must name, where the deployed files do not "
                                   "tell."),
  });
}

std::shared_ptr<const Table> route_rows() {
  using R = DeploymentRoute;
  return rows({
      leaf("proxy", Form::kProxyUrl, &R::proxy,
           {.help = "The proxy that it goes through. An empty text: none.",
            .example = "http://proxy.example.com:3128"}),
      leaf("no_proxy", Form::kText, &R::no_proxy,
           {.help = "Which hosts it reaches without that proxy, as `NO_PROXY` would say it to this "
                    "service.",
            .example = ".example.com"}),
      leaf("ca_file", Form::kPath, &R::ca_file,
           {.help = "PEM file of the certificate authorities that it trusts, and no others.",
            .example = "/srv/orders/ca.pem"}),
      leaf("same_place", Form::kFlag, &R::same_place,
           {.help = "Whether it runs in idpwatch's own network and file system (a sidecar, or the "
                    "same host and no container)."}),
  });
}

Table deployment_leaves() {
  using D = DeploymentConfig;
  return {
      leaf("name", Form::kName, &D::name,
           {.help = "What it is called. Its validators are NAME, or NAME#SCHEME. Unique.",
            .example = "orders-api",
            .required = true}),
      leaf("files", Form::kPath, &D::files,
           {.help = "The deployed files, as layers: later over earlier, by the format's own rules. "
                    "Globs are expanded.",
            .example = "[/srv/orders/appsettings.json, /srv/orders/appsettings.Production.json]"}),
      leaf("environment_file", Form::kPath, &D::environment_file,
           {.help = "A file of NAME=VALUE lines that the service is started with.",
            .example = "/etc/orders/env"}),
      leaf("profile", Form::kText, &D::profile,
           {.help = "The library that validates. Absent: detected from the files.",
            .example = "aspnetcore-jwtbearer"}),
      leaf("framework", Form::kText, &D::framework,
           {.help = "The framework's version; the profile maps it to the version that decides.",
            .example = "\"8.0\""}),
      leaf("version", Form::kText, &D::version,
           {.help = "The version of the library that decides. Absent: read from what is deployed "
                    "beside the files, else from `framework`, else the newest known one.",
            .example = "\"7.1.2\""}),
      leaf("variant", Form::kText, &D::variant,
           {.help = "A switch that changes the library's behaviour. Absent: read from what is "
                    "deployed.",
            .example = "blocking"}),
      section("settings", &D::settings, settings_rows(),
              "What is set in code and not in a file. Absent: the library's default; `null`: an "
              "explicit null."),
      leaf("started_at", Form::kTime, &D::started_at,
           {.help = "When the running process started, if it is known.",
            .example = "2026-03-01T05:12:07Z"}),
      leaf("unit", Form::kText, &D::unit,
           {.help = "The systemd unit to learn that from.", .example = "orders.service"}),
      leaf("pid_file", Form::kPath, &D::pid_file,
           {.help = "The pid file to learn that from.", .example = "/run/orders.pid"}),
      one_or_many("tokens", &D::tokens, tokens_rows(),
                  "What its callers' tokens look like, where no canary shows it; a list where "
                  "callers differ."),
      section("route", &D::route, route_rows(),
              "How it reaches its provider, where `environment_file` and the process do not show "
              "it. It wins over what is read."),
      section(
          "canary", &D::canary, canary_rows(),
          "A token as callers bring it, fetched ahead of its expiry, and judged as this service "
          "would."),
      section("endpoint", &D::endpoint, endpoint_rows(),
              "The protected API itself, probed every `defaults.interval`."),
  };
}

}  // namespace

std::shared_ptr<const Table> authority_rows() { return rows(authority_leaves()); }

std::shared_ptr<const Table> deployment_rows() { return rows(deployment_leaves()); }

}  // namespace idpwatch::config
