#include "daemon/admin/metrics.hpp"

#include "snapshots.hpp"

#include <catch2/catch.hpp>

#include <set>
#include <sstream>

namespace idpwatch::daemon {
namespace {

bool holds(const std::string& text, const std::string& line) {
  return ("\n" + text).find("\n" + line + "\n") != std::string::npos;
}

TEST_CASE("the metrics say what the snapshot says", "[admin]") {
  const std::string text = metrics_text(*sample_snapshot());
  CHECK(holds(text, "idpwatch_build_info{version=\"0.1.0\"} 1"));
  CHECK(holds(text, "idpwatch_authority_up{authority=\"entra\"} 1"));
  CHECK(holds(text, "idpwatch_authority_clock_offset_low_seconds{authority=\"entra\"} -0.25"));
  CHECK(holds(text, "idpwatch_probe_duration_seconds{authority=\"entra\"} 0.0125"));
  CHECK(holds(text, "idpwatch_findings{severity=\"error\"} 1"));
  CHECK(holds(text, "idpwatch_findings{severity=\"critical\"} 0"));
  CHECK(holds(text, "idpwatch_probes_total 7"));
  CHECK(holds(text, "idpwatch_outbox_messages{receiver=\"oncall\"} 2"));
  CHECK(holds(text, "idpwatch_notifications_total{receiver=\"oncall\"} 5"));
  CHECK(holds(text,
              "idpwatch_notifications_failed_total{receiver=\"oncall\",reason=\"rate_limit\"} 3"));
  CHECK(holds(text, "idpwatch_receiver_up{receiver=\"oncall\"} 0"));
  CHECK(text.find("idpwatch_authority_up{authority=\"fresh\"}") == std::string::npos);
  CHECK(text.find('\x1b') == std::string::npos);
}

TEST_CASE("every family has help, a type, and a name that promlint takes", "[admin]") {
  std::istringstream lines(metrics_text(*sample_snapshot()));
  std::set<std::string> names;
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string hash, kind, name, type;
    words >> hash >> kind >> name >> type;
    if (hash != "#" || kind != "TYPE") continue;
    CAPTURE(name);
    CHECK(names.insert(name).second);
    CHECK(name.starts_with("idpwatch_"));
    CHECK(name.ends_with("_total") == (type == "counter"));
    CHECK_FALSE(name.ends_with("_count"));
  }
  CHECK(names.size() > 20);
}

TEST_CASE("above 2000 authorities there are no series of each", "[admin]") {
  auto many = std::make_shared<watch::Snapshot>(*sample_snapshot());
  many->authorities.resize(kSeriesMax + 1);
  const std::string text = metrics_text(*many);
  CHECK(holds(text, "idpwatch_authorities 2001"));
  CHECK(text.find("authority=") == std::string::npos);
  many->every_authority = true;
  CHECK(metrics_text(*many).find("authority=") != std::string::npos);
}

}  // namespace
}  // namespace idpwatch::daemon
