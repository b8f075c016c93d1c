#include "validators/dotnet/error_causes.hpp"

#include <array>
#include <string_view>

namespace idpwatch::validators {
namespace {

struct Row {
  std::string_view id;
  Cause cause;
  CauseDetail detail = CauseDetail::kNone;
  std::string_view setting = {};
};

constexpr std::array kRows{
    Row{"IDX10500", Cause::kKey},
    Row{"IDX10501", Cause::kKey},
    Row{"IDX10503", Cause::kKey},
    Row{"IDX10511", Cause::kKey},
    Row{"IDX10516", Cause::kKey},
    Row{"IDX10517", Cause::kKey},
    Row{"IDX10508", Cause::kKey},
    Row{"IDX10248", Cause::kKey, CauseDetail::kCertificateDates},
    Row{"IDX10249", Cause::kKey, CauseDetail::kCertificateDates},
    Row{"ID2090", Cause::kKey},
    Row{"ID2091", Cause::kKey},
    Row{"IDX10204", Cause::kIssuer},
    Row{"IDX10205", Cause::kIssuer, CauseDetail::kUnlistedIssuer},
    Row{"IDX10211", Cause::kIssuer},
    Row{"ID2088", Cause::kIssuer},
    Row{"IDX40001", Cause::kIssuer},
    Row{"IDX40002", Cause::kIssuer},
    Row{"IDX40003", Cause::kIssuer},
    Row{"IDX40004", Cause::kIssuer},
    Row{"IDX40005", Cause::kIssuer},
    Row{"IDX40009", Cause::kIssuer},
    Row{"IDX10206", Cause::kAudience},
    Row{"IDX10208", Cause::kAudience},
    Row{"IDX10214", Cause::kAudience},
    Row{"ID2093", Cause::kAudience},
    Row{"ID2094", Cause::kAudience},
    Row{"IDX10222", Cause::kLifetime},
    Row{"IDX10223", Cause::kLifetime},
    Row{"IDX10224", Cause::kLifetime},
    Row{"IDX10225", Cause::kLifetime},
    Row{"ID2019", Cause::kLifetime},
    Row{"IDX10256", Cause::kType},
    Row{"IDX10257", Cause::kType},
    Row{"IDX11026", Cause::kType},
    Row{"ID2089", Cause::kType},
    Row{"IDX20108", Cause::kTransport, CauseDetail::kNotHttps},
    Row{"metadata-not-https", Cause::kTransport, CauseDetail::kNotHttps},
    Row{"IDX20106", Cause::kStart, CauseDetail::kNone, "min_refresh_s"},
    Row{"IDX10107", Cause::kStart, CauseDetail::kNone, "min_refresh_s"},
    Row{"IDX20107", Cause::kStart, CauseDetail::kNone, "automatic_refresh_s"},
    Row{"IDX10108", Cause::kStart, CauseDetail::kNone, "automatic_refresh_s"},
    Row{"IDW10106", Cause::kStart},
    Row{"settings-invalid", Cause::kStart},
    Row{"start-failed", Cause::kStart},
};

}  // namespace

void tell_cause(Answer& answer, const FetchFailure* unfilled) {
  if (answer.cause == Cause::kNone) answer.cause = Cause::kOther;
  for (const Row& row : kRows) {
    if (row.id != answer.error) continue;
    answer.cause = row.cause;
    answer.detail = row.detail;
    answer.setting = row.setting;
    break;
  }
  // Whatever it misses then, it is for want of a configuration.
  const bool misses = answer.cause == Cause::kKey || answer.cause == Cause::kIssuer ||
                      answer.cause == Cause::kOther;
  if (unfilled == nullptr || unfilled->error.empty() || !misses) return;
  answer.cause = unfilled->cause;
  answer.detail = unfilled->detail;
}

}  // namespace idpwatch::validators
