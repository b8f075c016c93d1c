#include "validators/dotnet/identity_model.hpp"

namespace idpwatch::validators {
namespace {

using Jitter = ManagerPolicy::Jitter;
using Bootstrap = ManagerPolicy::Bootstrap;
using Mode = ManagerPolicy::Mode;
using UnknownKid = LibraryTraits::UnknownKid;

constexpr Since<ManagerPolicy> kCache[] = {
    {{5, 3, 0},
     {base::hours(24), base::seconds(30), Jitter::kNone, false, Bootstrap::kFixed,
      Mode::kBlocking}},
    {{6, 10, 0},
     {base::hours(12), base::minutes(5), Jitter::kNone, false, Bootstrap::kFixed, Mode::kBlocking}},
    {{6, 12, 1},
     {base::hours(12), base::minutes(5), Jitter::kOnceMinutes, true, Bootstrap::kFixed,
      Mode::kBlocking}},
    {{6, 13, 0},
     {base::hours(12), base::minutes(5), Jitter::kNone, true, Bootstrap::kFixed, Mode::kBlocking}},
    {{6, 26, 0},
     {base::hours(12), base::minutes(5), Jitter::kEachMinutes, true, Bootstrap::kFixed,
      Mode::kBlocking}},
    {{6, 29, 0},
     {base::hours(12), base::minutes(5), Jitter::kEachMinutes, true, Bootstrap::kExponential,
      Mode::kBlocking}},
    {{6, 31, 0},
     {base::hours(12), base::minutes(5), Jitter::kEachTwentieth, true, Bootstrap::kExponential,
      Mode::kBlocking}},
    {{8, 0, 2},
     {base::hours(12), base::minutes(5), Jitter::kEachTwentieth, true, Bootstrap::kNone,
      Mode::kBackgroundFaulty}},
    {{8, 1, 1},
     {base::hours(12), base::minutes(5), Jitter::kEachTwentieth, true, Bootstrap::kNone,
      Mode::kBackground}},
    // 8.3.1: RequestRefresh is a signal again and the next call fetches (facts, pull requests 3083
    // and 3087).
    {{8, 3, 1},
     {base::hours(12), base::minutes(5), Jitter::kEachTwentieth, true, Bootstrap::kExponential,
      Mode::kBlocking}},
    {{8, 4, 0},
     {base::hours(12), base::minutes(5), Jitter::kEachTwentieth, true, Bootstrap::kNone,
      Mode::kBackground}},
};
constexpr Version kBlockingSwitch{8, 4, 0};

// Newtonsoft.Json without a depth limit until the limit of 64 of its release 13 was taken over. 5.x
// takes it from the app, so these are the ones that the recorded apps brought.
constexpr Since<JsonDialect> kJson[] = {
    {{5, 3, 0}, {true, 100000, false}}, {{5, 5, 0}, {true, 64, false}},
    {{5, 6, 0}, {true, 100000, false}}, {{5, 7, 0}, {true, 64, false}},
    {{6, 5, 0}, {true, 100000, false}}, {{6, 22, 0}, {true, 64, false}},
    {{7, 0, 0}, {false, 64, false}},
};
// JsonSerializerPrimitives.cs, OpenIdConnectConfigurationSerializer.cs.
constexpr Since<bool> kAdvances[] = {{{5, 3, 0}, false}, {{7, 4, 0}, true}};
constexpr Since<bool> kAcr[] = {{{5, 3, 0}, false}, {{8, 0, 0}, true}, {{8, 0, 2}, false}};
// JsonWebToken.PayloadClaimSet.cs, JwtPayload.cs.
constexpr Since<bool> kNumericSubject[] = {
    {{5, 3, 0}, true}, {{7, 0, 0}, false}, {{7, 1, 0}, true}};
// JwtSecurityTokenHandler.cs, JwtHeader.cs.
constexpr Since<bool> kTypes[] = {{{5, 3, 0}, false}, {{6, 5, 0}, true}};
constexpr Since<bool> kHeaderLists[] = {{{5, 3, 0}, true}, {{7, 0, 0}, false}, {{7, 3, 0}, true}};

constexpr Since<Base64Rules> kKeyBase64[] = {
    // Convert.FromBase64String
    {{5, 3, 0}, {true, true, false, true, true, false}},
    // Convert.TryFromBase64Chars with its result ignored
    {{7, 0, 0}, {true, true, false, true, true, true}},
    // Base64.DecodeFromUtf8InPlace
    {{7, 5, 1}, {true, true, false, true, false, false}},
    // Base64Url behind a change of alphabet
    {{8, 16, 0}, {true, true, true, false, false, false}},
};
constexpr Since<Base64Rules> kSegmentBase64[] = {
    {{5, 3, 0}, {true, false, false, false, true, false}},
    {{7, 5, 1}, {true, false, false, false, false, false}},
    {{8, 16, 0}, {true, false, true, false, false, false}},
};
constexpr Since<Base64Rules> kSignatureBase64[] = {
    {{5, 3, 0}, {true, true, false, false, true, false}},
    {{8, 16, 0}, {false, true, true, false, false, false}},
};

constexpr Since<UnknownKid> kUnknownKid[] = {
    {{5, 3, 0}, UnknownKid::kAtOnce},
    {{6, 10, 0}, UnknownKid::kAfterLifetime},
    {{6, 28, 0}, UnknownKid::kAfterClaims},
};
constexpr Since<std::string_view> kMissingKid[] = {{{5, 3, 0}, "IDX10503"},
                                                   {{7, 2, 0}, "IDX10517"}};
constexpr Since<bool> kMissingKidBadSignature[] = {{{5, 3, 0}, true}, {{6, 8, 0}, false}};
constexpr Since<bool> kKeySize[] = {{{5, 3, 0}, true}, {{6, 9, 0}, false}};
constexpr Since<bool> kAudienceSlash[] = {{{5, 3, 0}, false}, {{6, 5, 0}, true}};
constexpr Since<bool> kAudienceEmpty[] = {{{5, 3, 0}, false}, {{6, 8, 0}, true}};
constexpr Since<bool> kEmptyIssuers[] = {{{5, 3, 0}, false}, {{6, 13, 0}, true}};
constexpr Since<bool> kTryAll[] = {{{5, 3, 0}, false}, {{6, 6, 0}, true}};
constexpr Since<bool> kKeyLocation[] = {{{5, 3, 0}, false}, {{6, 15, 1}, true}};
constexpr Since<bool> kRetry[] = {{{5, 3, 0}, false}, {{6, 15, 1}, true}};
constexpr Since<bool> kScrubs[] = {{{5, 3, 0}, false}, {{8, 16, 0}, true}};
constexpr Since<bool> kEmptyPayload[] = {{{5, 3, 0}, false}, {{8, 0, 2}, true}};
constexpr Since<bool> kMalformedParts[] = {{{5, 3, 0}, false}, {{7, 6, 2}, true}};
constexpr Since<bool> kAkp[] = {{{5, 3, 0}, false}, {{8, 23, 0}, true}};
// 7.7.3 carries the mend of a later 8.x.
constexpr Since<std::string_view> kEncrypted[] = {
    {{5, 3, 0}, "IDX10609"}, {{7, 0, 0}, "IDX10618"},  {{7, 7, 2}, "IDX10609"},
    {{8, 0, 0}, "IDX10618"}, {{8, 16, 0}, "IDX10609"},
};
constexpr Since<std::string_view> kRefreshError[] = {{{5, 3, 0}, "IDX20106"},
                                                     {{6, 15, 1}, "IDX10107"}};
constexpr Since<std::string_view> kAutomaticError[] = {{{5, 3, 0}, "IDX20107"},
                                                       {{6, 15, 1}, "IDX10108"}};

template <class T, std::size_t N>
unsigned row_of(const Since<T> (&table)[N], Version version) {
  unsigned row = 0;
  for (unsigned i = 0; i < N; ++i) {
    if (table[i].from <= version) {
      row = i;
    }
  }
  return row;
}

}  // namespace

LibraryTraits library_traits(Version version, bool blocking) {
  LibraryTraits traits;
  traits.version = version;
  traits.cache = at_version(kCache, version);
  if (blocking && version >= kBlockingSwitch) {
    traits.cache.mode = Mode::kBlocking;
    traits.cache.bootstrap = Bootstrap::kExponential;
  }
  traits.json = at_version(kJson, version);
  traits.reader_advances = at_version(kAdvances, version);
  traits.acr_needs_follower = at_version(kAcr, version);
  traits.numeric_subject = at_version(kNumericSubject, version);
  traits.checks_types = at_version(kTypes, version);
  traits.header_lists_text = at_version(kHeaderLists, version);
  traits.key_base64 = at_version(kKeyBase64, version);
  traits.segment_base64 = at_version(kSegmentBase64, version);
  traits.signature_base64 = at_version(kSignatureBase64, version);
  traits.empty_payload_is_object = at_version(kEmptyPayload, version);
  traits.names_malformed_parts = at_version(kMalformedParts, version);
  traits.retries_503 = at_version(kRetry, version);
  traits.unknown_kid = at_version(kUnknownKid, version);
  traits.missing_kid_error = at_version(kMissingKid, version);
  traits.missing_kid_is_bad_signature = at_version(kMissingKidBadSignature, version);
  traits.checks_key_size = at_version(kKeySize, version);
  traits.audience_slash = at_version(kAudienceSlash, version);
  traits.audience_empty_error = at_version(kAudienceEmpty, version);
  traits.empty_issuers_are_none = at_version(kEmptyIssuers, version);
  traits.has_try_all_keys = at_version(kTryAll, version);
  traits.names_key_location = at_version(kKeyLocation, version);
  traits.scrubs_audience = at_version(kScrubs, version);
  traits.reads_akp = at_version(kAkp, version);
  traits.encrypted_token_error = at_version(kEncrypted, version);
  traits.refresh_interval_error = at_version(kRefreshError, version);
  traits.automatic_interval_error = at_version(kAutomaticError, version);
  traits.reader = (row_of(kJson, version) << 8) | (row_of(kKeyBase64, version) << 4) |
                  (row_of(kAcr, version) << 2) | (traits.reader_advances ? 2U : 0U) |
                  (traits.reads_akp ? 1U : 0U);
  return traits;
}

}  // namespace idpwatch::validators
