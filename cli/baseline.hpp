// Findings that were accepted when a baseline was written: a later `check` shows them and does not
// fail for them. Recognised by a fingerprint that holds no measured value and no line number, so
// that it survives edits of the file and another machine.
#pragma once

#include "base/result.hpp"
#include "model/finding.hpp"

#include <set>
#include <span>
#include <string>

namespace idpwatch::cli {

using Fingerprints = std::set<std::string>;

// 32 hex digits of rule, subject and the key of the file that it stands at.
[[nodiscard]] std::string fingerprint(const model::Finding& finding);

// kInput: no baseline of ours; kNotFound and the like: it cannot be read.
base::Result<Fingerprints> read_baseline(const std::string& path);
base::Status write_baseline(const std::string& path, std::span<const model::Finding> findings);

}  // namespace idpwatch::cli
