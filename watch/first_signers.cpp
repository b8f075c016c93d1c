#include "watch/first_signers.hpp"

#include "base/json.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace idpwatch::watch {
namespace {
constexpr const char* kKind = "key.signing";
}

model::AuditNote first_signer_note(const std::string& authority, const std::string& thumbprint,
                                   base::Instant at, base::Instant now) {
  return {now, kKind,
          base::canonical_json({{"authority", authority},
                                {"thumbprint", thumbprint},
                                {"at", base::format_rfc3339(at)}})};
}

base::Result<checks::FirstSigned> first_signers(storage::Reader& reader,
                                                const std::string& authority) {
  const auto notes = reader.notes_of(kKind);
  if (!notes) return base::fail(notes.error());
  checks::FirstSigned signers;
  for (const std::string& text : *notes) {
    const auto note = base::parse_json(text);
    if (!note || note->value->value("authority", "") != authority) continue;
    const auto at = base::parse_rfc3339(note->value->value("at", ""));
    if (!at) continue;
    const auto [known, added] =
        signers.try_emplace({authority, note->value->value("thumbprint", "")}, *at);
    if (!added) known->second = std::min(known->second, *at);
  }
  return signers;
}

}  // namespace idpwatch::watch
