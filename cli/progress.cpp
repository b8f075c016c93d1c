#include "cli/progress.hpp"

namespace idpwatch::cli {
namespace {

constexpr base::Duration kPatience = base::seconds(1);
constexpr base::Duration kEvery = base::milliseconds(200);
constexpr std::string_view kWipe = "\r\x1b[K";

}  // namespace

void Progress::show(std::string_view text) {
  if (!streams_.err_terminal) return;
  const base::Duration now = clock_.boottime();
  if (now - started_ < kPatience || now - shown_at_ < kEvery) return;
  streams_.err << kWipe << text << std::flush;
  shown_at_ = now;
  shown_ = true;
}

Progress::~Progress() {
  if (shown_) streams_.err << kWipe << std::flush;
}

}  // namespace idpwatch::cli
