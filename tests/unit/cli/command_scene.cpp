#include "tests/unit/cli/command_scene.hpp"

#include "cli/cli.hpp"
#include "storage/store.hpp"

#include <catch2/catch.hpp>

#include <fstream>
#include <sstream>
#include <unistd.h>

namespace idpwatch::cli {

namespace fs = std::filesystem;

Outcome idpwatch(const std::vector<std::string>& arguments) {
  std::ostringstream out, err;
  Streams streams{out, err};
  const int code = run(arguments, streams);
  return {code, out.str(), err.str()};
}

Folder::Folder() {
  static int count = 0;
  path_ = fs::temp_directory_path() /
          ("idpwatch-cli-" + std::to_string(getpid()) + "-" + std::to_string(++count));
  fs::create_directories(path_);
}

Folder::~Folder() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

std::string Folder::operator/(const std::string& name) const { return (path_ / name).string(); }

std::string Folder::write(const std::string& name, const std::string& text) const {
  std::ofstream(path_ / name) << text;
  return *this / name;
}

void fill(const std::string& state) {
  const base::Instant then = *base::parse_rfc3339("2026-03-01T00:00:00Z");
  storage::OpenOptions options;
  options.now = then;
  options.instance = "test";
  auto store = storage::Store::open(state, options);
  REQUIRE(store.has_value());
  model::Batch batch;
  model::ObservationSpan span;
  span.authority = "entra";
  span.issuer = "https://login.example/v2.0";
  span.first = span.last = then;
  span.jwks_good = true;
  batch.spans.push_back(span);
  model::Event event;
  event.type = model::EventType::kKeyPublished;
  event.at = then;
  event.authority = "entra";
  event.about_key = true;
  event.kid = "kid\x1b[2J";
  event.thumbprint = "t1";
  event.initial = true;
  event.seq = store->next_seq();
  batch.events.push_back(event);
  const auto committed = store->commit(batch);
  if (!committed) FAIL(committed.error().text());
}

}  // namespace idpwatch::cli
