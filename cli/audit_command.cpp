#include "base/text.hpp"
#include "cli/commands.hpp"
#include "cli/settings.hpp"
#include "cli/terminal.hpp"
#include "storage/audit.hpp"

#include <nlohmann/json.hpp>

#include <fstream>
#include <string>

namespace idpwatch::cli {
namespace {

using Json = nlohmann::ordered_json;

base::Result<storage::AuditReport> verify_file(const std::string& file) {
  std::ifstream lines(file, std::ios::binary);
  if (!lines) {
    return base::fail(base::ErrorKind::kNotFound, base::printable(file, 500) + " cannot be read",
                      "name a file that `idpwatch audit export` wrote");
  }
  return storage::verify_export(lines);
}

int verify(const AuditOptions& options, Streams& streams) {
  base::Result<storage::AuditReport> report_of_chain = storage::AuditReport{};
  if (options.file) {
    report_of_chain = verify_file(*options.file);
  } else {
    ExitCode code = kFine;
    auto reader = open_store(options.store, streams, code);
    if (!reader) return code;
    report_of_chain = reader->verify_audit();
  }
  if (!report_of_chain) return report(streams, report_of_chain.error());
  const storage::AuditReport& chain = *report_of_chain;
  if (options.output == Output::kJson) {
    Json first_bad = nullptr;
    if (chain.first_bad) {
      first_bad =
          Json{{"seq", chain.first_bad->seq}, {"why", base::printable(chain.first_bad->why, 500)}};
    }
    const Json document{{"schema", "idpwatch.audit-verify/v1"},
                        {"records", chain.records},
                        {"head", chain.head},
                        {"holds", chain.holds},
                        {"first_bad", std::move(first_bad)}};
    streams.out << document.dump(2) << '\n';
  } else if (chain.holds) {
    streams.out << paint("the chain holds", Colour::kGreen, streams.colour) << ": " << chain.records
                << " records, head " << chain.head << '\n';
  } else {
    streams.out << paint("the chain does not hold", Colour::kRed, streams.colour) << ": "
                << chain.records << " records hold";
    if (chain.first_bad) {
      streams.out << ", record " << chain.first_bad->seq << ": "
                  << base::printable(chain.first_bad->why, 500);
    }
    streams.out << '\n';
  }
  return chain.holds ? kFine : kFound;
}

int export_lines(const AuditOptions& options, Streams& streams) {
  ExitCode code = kFine;
  auto reader = open_store(options.store, streams, code);
  if (!reader) return code;
  const base::Status done = reader->export_audit([&](std::string_view line) -> base::Status {
    streams.out << line << '\n';
    if (streams.out) return base::Ok{};
    return base::fail(base::ErrorKind::kUnreadable, "cannot write to standard output");
  });
  streams.out.flush();
  return done ? kFine : report(streams, done.error());
}

}  // namespace

int run_audit(const AuditOptions& options, Streams& streams) {
  return options.action == AuditAction::kExport ? export_lines(options, streams)
                                                : verify(options, streams);
}

}  // namespace idpwatch::cli
