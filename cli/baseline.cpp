#include "cli/baseline.hpp"

#include "base/digest.hpp"
#include "base/file.hpp"
#include "base/json.hpp"
#include "base/text.hpp"

#include <nlohmann/json.hpp>

#include <fstream>

namespace idpwatch::cli {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view kSchema = "idpwatch.baseline/v1";

base::Error no_baseline(const std::string& path) {
  return base::make_error(
      base::ErrorKind::kInput, base::printable(path) + " is no baseline",
      "write one with idpwatch check --write-baseline " + base::printable(path));
}

}  // namespace

std::string fingerprint(const model::Finding& finding) {
  const model::Subject& subject = finding.subject;
  const std::string key = finding.source ? finding.source->key : std::string();
  std::string all;
  for (const std::string* part :
       {&finding.rule, &subject.authority, &subject.deployment, &subject.host, &key}) {
    all += std::to_string(part->size()) + ":" + *part;
  }
  return base::sha256_hex(all).substr(0, 32);
}

base::Result<Fingerprints> read_baseline(const std::string& path) {
  const auto text = base::read_file(path);
  if (!text) return base::fail(text.error());
  const auto document = base::parse_json(*text, {.bytes = text->size() + 1, .depth = 8});
  if (!document || !document->value->is_object()) return base::fail(no_baseline(path));
  const base::Json& value = *document->value;
  const base::Json findings = value.value("findings", base::Json());
  if (value.value("schema", base::Json()) != kSchema || !findings.is_array()) {
    return base::fail(no_baseline(path));
  }
  Fingerprints out;
  for (const base::Json& each : findings) {
    const base::Json print = each.is_object() ? each.value("fingerprint", base::Json()) : each;
    if (!print.is_string()) return base::fail(no_baseline(path));
    out.insert(print.get<std::string>());
  }
  return out;
}

base::Status write_baseline(const std::string& path, std::span<const model::Finding> findings) {
  Json list = Json::array();
  Fingerprints written;
  for (const model::Finding& finding : findings) {
    const std::string print = fingerprint(finding);
    if (!written.insert(print).second) continue;
    const model::Subject& subject = finding.subject;
    list.push_back(
        Json{{"fingerprint", print},
             {"rule", finding.rule},
             {"about", subject.deployment.empty() ? subject.authority : subject.deployment},
             {"summary", finding.summary}});
  }
  const Json document{{"schema", kSchema}, {"findings", std::move(list)}};
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file << document.dump(2, ' ', false, Json::error_handler_t::replace) << '\n';
  file.flush();
  if (file) return base::Ok{};
  return base::fail(base::make_error(base::ErrorKind::kUnreadable,
                                     "the baseline " + base::printable(path) + " cannot be written",
                                     "see whether its folder exists and may be written to"));
}

}  // namespace idpwatch::cli
