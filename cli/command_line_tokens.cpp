#include "cli/command_line_tokens.hpp"

#include <CLI/CLI.hpp>

namespace idpwatch::cli {

void describe_endpoint(CLI::App& endpoint, EndpointOptions& options) {
  endpoint.add_option("TARGET", options.target, "URL of a protected API, or a deployment")
      ->required()
      ->type_name("");
  endpoint.add_option("--origin", options.origin, "Of the page that calls it")->type_name("O");
  endpoint.add_option("--method", options.method, "By which the page calls it")->type_name("M");
  endpoint.add_option("--header", options.headers, "\"Name: value\", sent along; may be repeated")
      ->type_name("H")
      ->allow_extra_args(false);
  endpoint.add_flag("--credentials", options.credentials,
                    "The page calls with credentials: 'include' (cookies; no token needs that)");
  endpoint.add_option("--token-file", options.token_file, "A token to call it with, too")
      ->type_name("F");
}

void describe_explain(CLI::App& explain, ExplainOptions& options) {
  explain
      .add_option("TOKEN", options.token,
                  "The token, with whatever surrounds it; - or nothing: standard input")
      ->type_name("");
  explain
      .add_option("--against", options.against,
                  "Deployments by name, or the deployed files of one service; may be repeated")
      ->type_name("NAME|FILE...");
  const auto add = [&explain](const char* name, std::optional<std::string>& text, const char* type,
                              const char* help) {
    explain.add_option(name, text, help)->type_name(type);
  };
  add("--authority", options.authority, "URL", "Whose keys to verify it with");
  add("--jwks", options.jwks, "FILE", "Take the key set from a file, ask nobody");
  add("--profile", options.profile, "NAME", "The validator, where the files do not tell");
  add("--framework", options.framework, "VERSION", "Of its framework, likewise");
  add("--at", options.at, "TIME", "As it was then, by the keys in our history");
  add("--db", options.db, "PATH", "State directory or database, instead of the configuration's");
  explain.add_flag("--all", options.all,
                   "All configured deployments, and every check, also where all is fine");
  explain.add_flag("--redact", options.redact, "Cut what a report to share should not hold");
}

}  // namespace idpwatch::cli
