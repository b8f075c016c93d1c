// A directory that goes away, a store in it, and rows to put in.
#pragma once

#include "base/result.hpp"
#include "model/batch.hpp"
#include "storage/store.hpp"

#include <filesystem>
#include <string>
#include <string_view>
#include <utility>

namespace idpwatch::test {

class TemporaryDirectory {
 public:
  TemporaryDirectory();
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
  ~TemporaryDirectory();

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  [[nodiscard]] std::filesystem::path database() const { return path_ / "idpwatch.db"; }

 private:
  std::filesystem::path path_;
};

[[noreturn]] void require_failed(const base::Error& error);

// Seconds after 2026-03-01T00:00:00Z.
base::Instant at(std::int64_t seconds);

storage::OpenOptions options(storage::OpenMode mode = storage::OpenMode::kDaemon);
// The test fails when it cannot be opened.
storage::Store open_store(const std::filesystem::path& path,
                          storage::OpenMode mode = storage::OpenMode::kDaemon);

// The value, or the end of the test case with the error.
template <class T>
T value_of(base::Result<T>&& result) {
  if (!result) require_failed(result.error());
  return std::move(*result);
}

model::Document document(std::string_view bytes);
model::ObservationSpan span(std::string_view authority, std::int64_t first_s, std::int64_t last_s,
                            std::string_view jwks = {});
model::Event event(model::EventType type, std::string_view authority, std::int64_t at_s,
                   std::string_view thumbprint = {});
model::KeyRecord key(std::string_view authority, std::string_view thumbprint);
model::Sighting sighting(std::string_view authority, std::string_view thumbprint,
                         std::int64_t first_s, std::int64_t last_s);
model::Alert alert(std::string_view rule, std::string_view authority);
model::OutboxMessage message(std::string_view id, std::string_view receiver);

// Every member as text, to compare whole rows.
std::string text(const model::ObservationSpan& span);
std::string text(const model::KeyRecord& key);
std::string text(const model::KidRecord& kid);
std::string text(const model::Sighting& sighting);
std::string text(const model::TimelineState& state);
std::string text(const model::Event& event);
std::string text(const model::Alert& alert);
std::string text(const model::OutboxMessage& message);

std::string read_file(const std::filesystem::path& file);
void write_file(const std::filesystem::path& file, std::string_view bytes);

}  // namespace idpwatch::test
