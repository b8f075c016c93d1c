// Rows that the database refuses for what is in them. They are not lost: they are kept as JSON
// Lines in a directory beside the database, bounded in files and bytes, for people to look at.
//
//   {"row":"event","error":"SQLITE_CONSTRAINT_CHECK: ...","value":{...}}
#pragma once

#include "base/result.hpp"
#include "model/batch.hpp"

#include <cstddef>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace idpwatch::storage {

class RejectedRows {
 public:
  static constexpr std::size_t kLineMax = std::size_t{16} * 1024;  // a longer value: its digest
  static constexpr std::size_t kFileMax = std::size_t{1024} * 1024;
  static constexpr std::size_t kFilesMax = 16;  // the oldest goes first

  void add(const model::Document& document, const base::Error& why);
  void add(const model::ObservationSpan& span, const base::Error& why);
  void add(const model::Sighting& sighting, const base::Error& why);
  void add(const model::KeyRecord& key, const base::Error& why);
  void add(const model::KidRecord& kid, const base::Error& why);
  void add(const model::TimelineState& state, const base::Error& why);
  void add(const model::Event& event, const base::Error& why);
  void add(const model::AuditNote& note, const base::Error& why);
  void add(const model::Alert& alert, const base::Error& why);
  void add(const model::OutboxMessage& message, const base::Error& why);
  void add(const std::string& alert_removed, const base::Error& why);
  void add(const std::pair<std::string, std::string>& message_done, const base::Error& why);

  [[nodiscard]] bool empty() const { return rows_ == 0; }
  [[nodiscard]] std::size_t rows() const { return rows_; }
  [[nodiscard]] const std::map<std::string, std::size_t>& kinds() const { return kinds_; }
  [[nodiscard]] const std::string& first_error() const { return first_error_; }

  // Appends them to `name` in that directory, which is made with 0700. Gives the file.
  [[nodiscard]] base::Result<std::filesystem::path> keep(const std::filesystem::path& directory,
                                                         const std::string& name) const;

 private:
  void add_line(std::string_view kind, const base::Error& why, std::string value);

  std::vector<std::string> lines_;
  std::size_t rows_ = 0, bytes_ = 0;
  std::map<std::string, std::size_t> kinds_;
  std::string first_error_;
};

}  // namespace idpwatch::storage
