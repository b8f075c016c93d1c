#include "base/clock.hpp"
#include "base/text.hpp"
#include "cli/commands.hpp"
#include "cli/settings.hpp"
#include "cli/terminal.hpp"
#include "watch/store_json.hpp"

#include <nlohmann/json.hpp>

#include <string>

namespace idpwatch::cli {
namespace {

using Json = nlohmann::ordered_json;

std::string text_of(const Json& value) {
  if (value.is_string()) return value;
  return value.is_null() ? "-" : value.dump();
}

void print(const Json& document, Streams& streams) {
  streams.out << base::printable(text_of(document["authority"])) << "  "
              << base::printable(text_of(document["issuer"])) << '\n';
  const Json& observed = document["observed_at"];
  streams.out << "at " << short_time(document["at"]) << ", last seen "
              << (observed.is_null() ? "never" : short_time(observed)) << "\n\n";
  if (document["keys"].empty()) {
    streams.out << "no keys\n";
    return;
  }
  Table table({"STATE", "KID", "KEY", "ALG", "USE", "FIRST SEEN", "LAST SEEN", "THUMBPRINT"});
  for (const Json& key : document["keys"]) {
    const std::string state = key["state"];
    std::string kind = text_of(key["kty"]);
    kind += key["crv"].is_null() ? " " + key["bits"].dump() : " " + text_of(key["crv"]);
    const Colour colour = state == "live"     ? Colour::kGreen
                          : state == "absent" ? Colour::kYellow
                                              : Colour::kDim;
    table.add({{state, colour},
               {text_of(key["kid"])},
               {kind},
               {text_of(key["alg"])},
               {text_of(key["use"])},
               {short_time(key["first_seen"])},
               {short_time(key["last_seen"])},
               {text_of(key["thumbprint"])}});
  }
  table.print(streams.out, streams.colour);
}

}  // namespace

int run_keys(const KeysOptions& options, Streams& streams) {
  base::Instant at = base::SystemClock().wall();
  if (options.at) {
    const auto given = time_argument(*options.at);
    if (!given) return report(streams, given.error());
    at = *given;
  }
  ExitCode code = kFine;
  auto reader = open_store(options.store, streams, code);
  if (!reader) return code;
  const auto known = configured(options.store, options.authority);
  const auto document = watch::keys_document(*reader, options.authority, at, known);
  if (!document) return report(streams, document.error());
  if (options.output == Output::kJson) {
    streams.out << document->dump(2, ' ', false, Json::error_handler_t::replace) << '\n';
  } else if (never_stored(*reader, known)) {
    streams.out << base::printable(known->name) << ": nothing was recorded yet\n";
  } else {
    print(*document, streams);
  }
  return kFine;
}

}  // namespace idpwatch::cli
