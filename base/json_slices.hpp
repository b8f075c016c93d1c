// The upper members of an object text, without building a value: scalars decoded, containers as
// the slice of the text that they are. For texts whose biggest parts are not looked at (the bodies
// in observation records); about ten times as fast as building a value.
//
// The whole text is checked all the same: it must be one JSON object (RFC 8259), UTF-8, nested no
// deeper than the limit. Pure, safe from every thread.
#pragma once

#include "base/result.hpp"

#include <cstddef>
#include <functional>
#include <span>
#include <string>
#include <string_view>

namespace idpwatch::base {

enum class SliceKind { kString, kNumber, kBool, kNull, kObject, kArray };

// Valid during the call that hands it over; `value` of a container as long as the text.
struct JsonSlice {
  std::span<const std::string> path;  // names of the members that lead to it, outermost first
  SliceKind kind = SliceKind::kNull;
  // The characters of a string, decoded; the text of anything else, brackets included.
  std::string_view value;
};

struct SliceLimits {
  std::size_t bytes = std::size_t{8} * 1024 * 1024;
  std::size_t depth = 64;
  std::size_t levels = 3;  // how deep members are handed over: path.size() at most
};

struct SliceVisitor {
  // Are the members of this object wanted, too? Elements of arrays never are.
  std::function<bool(std::span<const std::string> path)> look_inside;
  // Each member as it ends: those of an inner object come before that object.
  std::function<void(const JsonSlice&)> take;
  // May be null. The slice that a container of this path was the last time (never anything else):
  // where the text goes on with the very same bytes, they are not read again.
  std::function<std::string_view(std::span<const std::string> path)> known;
};

// An error (kInput) names the byte and what was wrong; what was handed over before is to be
// dropped then.
Status slice_json(std::string_view text, const SliceVisitor& visitor,
                  const SliceLimits& limits = {});

}  // namespace idpwatch::base
