#include "cli/help.hpp"

#include "base/assert.hpp"

#include <algorithm>
#include <array>

namespace idpwatch::cli {
namespace {

constexpr std::string_view kStoreExits =
    "  0  fine\n  2  usage or configuration wrong, or no such authority\n"
    "  3  the database cannot be read\n";

constexpr std::array kHelp{
    Help{
        "", "Watches identity providers and forecasts the 401s of the services that trust them.",
        "",
        "  idpwatch serve --config /etc/idpwatch/idpwatch.yaml   watch, in the foreground\n"
        "  idpwatch status                                       how is it?\n"
        "  idpwatch history entra --since 7d                     what happened to its keys?\n"
        "  idpwatch config check                                 is the configuration right?\n",
        "  0  fine\n  1  a finding of severity error or critical\n"
        "  2  usage, configuration or an input file wrong\n"
        "  3  could not be determined (unreachable, unreadable, no daemon)\n  4  internal error\n"},
    Help{"serve", "Watch, in the foreground",
         "Probes every configured authority, keeps the history and the audit chain of its keys, "
         "and sends\n"
         "alerts. SIGHUP reloads the configuration (a bad one is refused and the old one stays), "
         "SIGTERM\n"
         "sends what is due and ends.",
         "  idpwatch serve\n  idpwatch serve --config ./idpwatch.yaml\n",
         "  0  ended by a signal\n  2  configuration wrong\n  3  state directory locked or "
         "unreadable\n"
         "  4  internal error\n"},
    Help{"status", "Show current status: authorities, validators, alerts",
         "Asks the running daemon, at the address that `listen` of the configuration names.",
         "  idpwatch status\n  idpwatch status orders-api --watch\n  idpwatch status --format json "
         "| jq '.authorities[] | select(.state "
         "!= \"ok\")'\n",
         "  0  fine\n  1  an alert of severity error or critical is firing\n  2  configuration "
         "wrong\n"
         "  3  no daemon answers\n"},
    Help{"check", "Judge an authority or deployed files, once",
         "Looks at the authorities and the deployed configuration files given, as if the service "
         "started\n"
         "now, and says what it would refuse, with the code that its version logs (App.deps.json "
         "beside\n"
         "the files tells the version). Where a deployment of the configuration names a file that "
         "is given,\n"
         "its settings and tokens are used. Needs no daemon and no database.",
         "  idpwatch check --authority https://accounts.google.com\n"
         "  idpwatch check appsettings.json appsettings.Production.json\n"
         "  idpwatch check appsettings.json --audience api://orders   what callers ask for\n"
         "  idpwatch check appsettings.json --framework 9.0           before an update\n"
         "  idpwatch check appsettings.json --config ./idpwatch.yaml  with what is set in code\n"
         "  idpwatch check --deployment orders-api --config ./idpwatch.yaml\n"
         "  idpwatch check --authority https://idp.example.com --clock --format json\n"
         "  idpwatch check appsettings.json --format sarif --baseline idpwatch-baseline.json\n",
         "  0  fine\n  1  a finding of severity error or critical (or of --fail-on), neither "
         "ignored nor in the\n     baseline; or the authority cannot be reached\n"
         "  2  usage or an input file wrong\n  3  could not be determined\n"},
    Help{"discover", "Find deployed services, and print a configuration",
         "Looks at systemd's units, running .NET and Node.js processes, /srv, /opt, /var/www and a "
         "Kubernetes\n"
         "node's own manifests, or at the paths given, and prints a commented configuration that "
         "`config\n"
         "check` takes as it stands, with what could not be read and why. Asks no network, changes "
         "nothing.\n"
         "Run it as root to see all; it says which files the service could not read.",
         "  idpwatch discover > deployed.yaml        review, then move it to /etc/idpwatch/conf.d\n"
         "  idpwatch discover . --format json\n"
         "  idpwatch discover --root .               an unpacked image\n",
         "  0  fine, whatever was found\n  3  a path that was named is not there\n"},
    Help{
        "endpoint", "What a protected API really answers",
        "Calls it without a token (and with one, if given) and judges the challenge of its 401 "
        "(RFC 6750, RFC\n"
        "9728, Key Vault's form), its redirects hop by hop, the CORS preflight as the Fetch "
        "standard "
        "and today's\n"
        "browsers do, and whether the token arrives. The calls are GET, or POST with --method "
        "POST; "
        "other\n"
        "methods are only asked about in the preflight. The token never leaves the API's origin.",
        "  idpwatch endpoint https://api.example.com/orders\n"
        "  idpwatch endpoint https://api.example.com/orders --origin https://app.example.com "
        "--method PUT\n"
        "  idpwatch endpoint https://my.vault.azure.net/secrets/db --token-file token.txt\n"
        "  idpwatch endpoint orders-api --format json     a deployment with endpoint: {url: ...}\n",
        "  0  fine, or warnings\n  1  a browser or a client cannot call it, or the token is "
        "refused\n"
        "  2  usage or configuration wrong\n  3  could not be determined\n"},
    Help{
        "explain", "Why a token is accepted or refused",
        "Paste a token as you find it: with Bearer in front, in quotes, in a header, a curl "
        "command "
        "or the\n"
        "JSON of a token endpoint, with broken lines. Says whose token it is and what it is for, "
        "verifies its\n"
        "signature, and shows for each deployed service what it answers, what it logs, every check "
        "in its order\n"
        "with both values, what would fail next, and what to do.\n"
        "\n"
        "The token is never stored, logged or sent anywhere; only the authority's public documents "
        "are fetched.\n"
        "Better pipe it than pass it as an argument, which your shell keeps. Without --against, "
        "the "
        "deployments\n"
        "of the configuration that trust its issuer are asked, else its issuer's keys alone.",
        "  wl-paste | idpwatch explain - --against appsettings.json\n"
        "  idpwatch explain - --against orders-api < token.txt       a deployment of the "
        "configuration\n"
        "  idpwatch explain - --authority https://idp.example.com < token.txt   the signature "
        "only\n"
        "  idpwatch explain - --jwks keys.json --against appsettings.json < token.txt   asks "
        "nobody\n"
        "  idpwatch explain - --at 2026-11-28T09:00:00Z < token.txt  was it right then?\n"
        "  idpwatch explain - --redact --against appsettings.json < token.txt   for a ticket\n",
        "  0  accepted\n  1  refused\n  2  usage, configuration or an input file wrong\n"
        "  3  could not be determined (keys unreachable, nobody to ask)\n"},
    Help{"keys", "The key set of an authority, now or then",
         "Shows the last good key set not after the instant, from the database. AUTHORITY is a "
         "name or an\n"
         "issuer. `absent` keys left the set but are not confirmed as withdrawn yet.",
         "  idpwatch keys entra\n  idpwatch keys entra --at 2026-03-01\n"
         "  idpwatch keys https://accounts.google.com --at 36h --db /var/lib/idpwatch --format "
         "json\n",
         kStoreExits},
    Help{"history", "Events and rotations",
         "Shows what changed, from the database, the oldest first. TIME is RFC 3339, a date, or a "
         "length of\n"
         "time before now.",
         "  idpwatch history\n  idpwatch history entra --since 30d\n"
         "  idpwatch history --since 2026-01-01 --until 2026-02-01 --format json\n",
         kStoreExits},
    Help{
        "import", "Replay recorded observations",
        "Reads observation records (JSON Lines), and stores the events, keys and audit records "
        "that the\n"
        "daemon would have made of them. Authorities are created by name. A file is taken whole or "
        "not at all.\n"
        "Only one process writes to a database: stop the daemon first, or give another database "
        "with --db.",
        "  idpwatch import recorded.jsonl\n  idpwatch import --db ./state 2025-*.jsonl\n",
        "  0  fine\n  2  a record is wrong, from the future, or not newer than what is stored: "
        "nothing of that\n     file is kept\n"
        "  3  a file cannot be read, or another process, such as the daemon, holds the database\n"},
    Help{"forecast", "The windows of the configured deployments",
         "When each configured deployment will refuse valid tokens, why, for how long, and with "
         "which error:\n"
         "by what `idpwatch serve` has stored of the authorities, while it runs or after. Asks no "
         "network.",
         "  idpwatch forecast\n  idpwatch forecast --deployment orders-api --format json\n"
         "  idpwatch forecast --config ./idpwatch.yaml --db ./copy-of/idpwatch.db\n",
         "  0  fine\n  1  a refusal of severity error or critical\n  2  usage or configuration "
         "wrong\n"
         "  3  could not be determined\n"},
    Help{"simulate", "What a simulated validator answers to stories",
         "Reads stories (files, or folders of them) and prints what the validator would answer to "
         "each\n"
         "request. With a recording of the real one it says where the two differ.",
         "  (in tests/data/scenarios of idpwatch's source tree, where those of its own tests are)\n"
         "  idpwatch simulate stories/rotation --validator "
         "aspnetcore-jwtbearer@8.0.1\n"
         "  idpwatch simulate stories/rotation --validator "
         "aspnetcore-jwtbearer@8.16.0+blocking\n"
         "  idpwatch simulate stories --recording "
         "recordings/aspnetcore-jwtbearer@8.0.1.json\n",
         "  0  nothing disagrees\n  1  an answer disagrees with the recording\n  2  a story or "
         "recording is wrong\n"},
    Help{"profiles", "The validators that are known",
         "Lists the simulated validators and their versions; with a name, the values that one is "
         "modelled\n"
         "with and where they come from.",
         "  idpwatch profiles\n  idpwatch profiles aspnetcore-jwtbearer\n"
         "  idpwatch profiles aspnetcore-jwtbearer --format json\n",
         "  0  fine\n  2  no such profile\n"},
    Help{"config", "Check, show, or describe the configuration", "",
         "  idpwatch config init > idpwatch.yaml\n  idpwatch config check\n"
         "  idpwatch config show --config ./idpwatch.yaml\n  idpwatch config schema\n",
         "  0  fine\n  2  the configuration is wrong\n"},
    Help{
        "config check", "Say everything that is wrong with it",
        "Reads the configuration as the daemon would, with conf.d, variables and secrets, and "
        "lists each\n"
        "problem with its file, line and fix.",
        "  idpwatch config check\n  idpwatch config check --config ./idpwatch.yaml --format json\n",
        "  0  it is right\n  2  it is wrong\n"},
    Help{"config show", "Print the effective configuration",
         "Every field with its effective value, defaults included. Secrets are redacted.",
         "  idpwatch config show\n  idpwatch config show --format json | jq .config.defaults\n",
         "  0  fine\n  2  the configuration is wrong\n"},
    Help{"config init", "Print a configuration to begin with",
         "Every field that a first configuration may need, commented out, with its meaning and "
         "default. "
         "What is\n"
         "deployed on this host is found by `idpwatch discover`.",
         "  idpwatch config init > idpwatch.yaml\n  idpwatch config init | less\n", "  0  fine\n"},
    Help{"config schema", "Print its JSON Schema",
         "JSON Schema 2020-12 of a configuration file, for editors.",
         "  idpwatch config schema > idpwatch.schema.json\n", "  0  fine\n"},
    Help{"alerts", "Open alerts, silences, and test messages", "",
         "  idpwatch alerts list\n  idpwatch alerts show refusal-rotation\n"
         "  idpwatch alerts silence authority=entra --for 2h --comment \"announced work\"\n"
         "  idpwatch alerts test --receiver oncall\n",
         "  0  fine\n  2  usage or configuration wrong\n  3  no daemon, or the database cannot be "
         "read\n"},
    Help{"alerts list", "List open alerts",
         "From the database; no daemon is needed. The most severe first.",
         "  idpwatch alerts list\n  idpwatch alerts list --all --format json\n",
         "  0  fine (whatever is listed)\n  2  usage or configuration wrong\n  3  the database "
         "cannot be read\n"},
    Help{"alerts show", "Show one alert in full",
         "What, when, why and what to do; since when, who was notified, and what silences it. "
         "From the\n"
         "database; no daemon is needed.",
         "  idpwatch alerts show 8f1c2d\n  idpwatch alerts show refusal-rotation --format json\n",
         "  0  fine\n  2  no such alert, or usage wrong\n  3  the database cannot be read\n"},
    Help{"alerts silence", "Tell nobody of some findings for a time",
         "MATCHER is rule=, authority=, deployment= or severity= and a value, which may end in *. "
         "All names\n"
         "must match, of one name any. What matches goes on being judged, shown and recorded; what "
         "still\n"
         "holds at the end is sent then, once. The audit chain keeps it with author and comment. "
         "Asks the\n"
         "running daemon.",
         "  idpwatch alerts silence authority=entra --for 2h --comment \"announced work\"\n"
         "  idpwatch alerts silence 'rule=refusal-*' deployment=orders-api --until "
         "2026-12-24T18:00:00Z \\\n      --comment \"being replaced\" --author kim\n",
         "  0  it is set\n  2  something is wrong with it\n  3  no daemon answers\n"},
    Help{"alerts unsilence", "End a silence",
         "What still holds is sent then. Asks the running daemon.",
         "  idpwatch alerts unsilence 019ca7f0-0000-7000-8000-000000000001\n",
         "  0  it is over\n  2  none of that id goes on\n  3  no daemon answers\n"},
    Help{"alerts silences", "List silences",
         "Those that go on, are to come, or were over in the last week. Asks the running daemon.",
         "  idpwatch alerts silences\n", "  0  fine\n  3  no daemon answers\n"},
    Help{
        "alerts test", "Send a test message through the real path",
        "Asks the running daemon to send a marked message to one receiver, or to all, and waits up "
        "to 10 s for the answer.",
        "  idpwatch alerts test --receiver oncall\n  idpwatch alerts test --dry-run\n",
        "  0  delivered (with --no-wait: queued)\n  1  a receiver refuses it\n"
        "  2  no such receiver, or configuration wrong\n"
        "  3  no daemon answers, or it is still being tried\n"},
    Help{"audit", "Prove or export the audit chain", "",
         "  idpwatch audit verify\n  idpwatch audit export > chain.jsonl\n",
         "  0  fine\n  1  the chain does not hold\n  2  usage or configuration wrong\n"
         "  3  the database or the file cannot be read\n"},
    Help{"audit verify", "Prove that the chain is whole",
         "Recomputes every hash, of the database or of an exported file. Keep the head it prints "
         "elsewhere:\n"
         "a chain cannot show that its end was cut off.",
         "  idpwatch audit verify\n  idpwatch audit verify --file chain.jsonl --format json\n",
         "  0  the chain holds\n  1  it does not\n  2  usage or configuration wrong\n"
         "  3  the database or the file cannot be read\n"},
    Help{"audit export", "Write the chain as JSON Lines",
         "One record a line with its hash, and a closing line with the head, on standard output.",
         "  idpwatch audit export > chain.jsonl\n  idpwatch audit export --db /var/lib/idpwatch | "
         "gzip > chain.gz\n",
         "  0  fine\n  2  usage or configuration wrong\n  3  the database cannot be read\n"},
    Help{"db", "Check, copy or shrink the database", "",
         "  idpwatch db check\n  idpwatch db backup /var/backups/idpwatch.db\n  idpwatch db "
         "compact\n",
         "  0  fine\n  1  the database is damaged\n  2  usage or configuration wrong\n"
         "  3  it cannot be read, or another process, such as the daemon, has it\n"},
    Help{"db check", "Read every page and say whether it is sound",
         "Works beside the running daemon. That the audit chain is whole is proved by `audit "
         "verify`.",
         "  idpwatch db check\n  idpwatch db check --db ./copy.db --format json\n",
         "  0  sound\n  1  damaged\n  2  usage or configuration wrong\n  3  it cannot be read\n"},
    Help{"db backup", "Write a consistent copy, while the daemon runs",
         "What is committed at that moment, with history and audit trail. The copy is read with "
         "`--db`.",
         "  idpwatch db backup /var/backups/idpwatch.db\n"
         "  idpwatch db backup ./copy.db --db /var/lib/idpwatch\n",
         "  0  written\n  2  usage or configuration wrong\n  3  it cannot be read or written\n"},
    Help{"db compact", "Give free pages back to the file system",
         "Needs the database for itself: stop the daemon first. Takes as much free space as the "
         "database.",
         "  idpwatch db compact\n  idpwatch db compact --db ./copy.db\n",
         "  0  fine\n  2  usage or configuration wrong\n  3  the daemon runs, or it cannot be "
         "read\n"},
    Help{"health", "Is the daemon alive? For a container's HEALTHCHECK",
         "Asks the running daemon's /livez; two seconds at most. Authorities that are down do not "
         "matter.",
         "  idpwatch health\n  HEALTHCHECK CMD [\"/usr/bin/idpwatch\", \"health\"]\n",
         "  0  it is alive\n  1  it is not, or it cannot be asked\n"},
    Help{"completions", "Print the completion script of a shell",
         "Packages install them; elsewhere, put the script where your shell looks for it.",
         "  source <(idpwatch completions bash)\n"
         "  idpwatch completions zsh > \"${fpath[1]}/_idpwatch\"\n"
         "  idpwatch completions fish > ~/.config/fish/completions/idpwatch.fish\n",
         "  0  fine\n  2  no such shell\n"},
    Help{"manual", "Write manual pages and completion scripts",
         "For the build: writes idpwatch.1, idpwatch.yaml.5 and the completion scripts into a "
         "folder.",
         "  idpwatch manual ./install\n", "  0  fine\n  3  the folder cannot be written to\n"},
    Help{"demo", "See a 401 forecast, in under a minute",
         "A provider on loopback rotates its key badly: the forecast comes, the webhook arrives, "
         "then the\n"
         "401 that was forecast. Needs no network and no root. On a terminal it waits to be read.",
         "  idpwatch demo\n  idpwatch demo --format json   what was forecast, and what happened\n",
         "  0  it went as forecast\n  4  it did not\n"},
};

constexpr bool each_name_once() {
  for (std::size_t i = 0; i < kHelp.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      if (kHelp.at(i).name == kHelp.at(j).name) return false;
    }
  }
  return true;
}
static_assert(each_name_once());

}  // namespace

const Help& help_of(std::string_view name) {
  const auto* found = std::ranges::find(kHelp, name, &Help::name);
  IDPWATCH_ASSERT(found != kHelp.end());
  return *found;
}

std::string help_footer(const Help& help) {
  std::string out;
  if (!help.text.empty()) out += std::string(help.text) + "\n\n";
  out += "Examples:\n" + std::string(help.examples);
  out += "\nExit codes:\n" + std::string(help.exits);
  out.pop_back();  // CLI11 ends the last line
  return out;
}

}  // namespace idpwatch::cli
