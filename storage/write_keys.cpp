#include "base/json.hpp"
#include "storage/sqlite.hpp"
#include "storage/writer.hpp"

#include <nlohmann/json.hpp>

#include <string>
#include <string_view>
#include <utility>

namespace idpwatch::storage {

using base::Json;
using base::Result;
using base::Status;

namespace {

constexpr std::string_view kPutKey =
    "INSERT INTO key (authority_id, thumbprint, first_seen_us, last_seen_us, kids, last_members,"
    " former_members, kty, crv, alg, use, bits, signing, first_absent_us, absent_count,"
    " withdrawn_us)"
    " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)"
    " ON CONFLICT (authority_id, thumbprint) DO UPDATE SET"
    " first_seen_us = min(first_seen_us, excluded.first_seen_us),"
    " last_seen_us = excluded.last_seen_us, kids = excluded.kids,"
    " last_members = excluded.last_members, former_members = excluded.former_members,"
    " kty = excluded.kty, crv = excluded.crv, alg = excluded.alg, use = excluded.use,"
    " bits = excluded.bits, signing = excluded.signing,"
    " first_absent_us = excluded.first_absent_us, absent_count = excluded.absent_count,"
    " withdrawn_us = excluded.withdrawn_us";
constexpr std::string_view kPutKid =
    "INSERT INTO kid (authority_id, kid, thumbprints) VALUES (?1, ?2, ?3)"
    " ON CONFLICT (authority_id, kid) DO UPDATE SET thumbprints = excluded.thumbprints";
constexpr std::string_view kExtendSighting =
    "UPDATE sighting SET last_us = max(last_us, ?6) WHERE authority_id = ?1 AND thumbprint = ?2"
    " AND first_us = ?3 AND has_kid = ?4 AND kid = ?5";
constexpr std::string_view kPutSighting =
    "INSERT INTO sighting (authority_id, thumbprint, first_us, has_kid, kid, last_us, fragment_id)"
    " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)"
    " ON CONFLICT (authority_id, thumbprint, first_us, has_kid, kid) DO UPDATE SET"
    " last_us = max(last_us, excluded.last_us), fragment_id = excluded.fragment_id";
constexpr std::string_view kPutTimeline =
    "INSERT INTO timeline (authority_id, any_good, last_set, last_signing, flaps, inconsistent,"
    " discovery_id, jwks_sha256, discovery_sha256, leaf_sha256, last_good_us)"
    " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)"
    " ON CONFLICT (authority_id) DO UPDATE SET any_good = excluded.any_good,"
    " last_set = excluded.last_set, last_signing = excluded.last_signing, flaps = excluded.flaps,"
    " inconsistent = excluded.inconsistent, discovery_id = excluded.discovery_id,"
    " jwks_sha256 = excluded.jwks_sha256, discovery_sha256 = excluded.discovery_sha256,"
    " leaf_sha256 = excluded.leaf_sha256, last_good_us = excluded.last_good_us";

Json kid_json(const model::Kid& kid) { return kid ? Json(*kid) : Json(nullptr); }

}  // namespace

Result<std::string> Writer::members_json(const std::map<model::Kid, std::string>& members) {
  Json out = Json::array();
  for (const auto& [kid, text] : members) {
    const Result<std::int64_t> id = fragment_id(text);
    if (!id) return base::fail(id.error());
    out.push_back(Json::array({kid_json(kid), *id}));
  }
  return base::canonical_json(out);
}

Status Writer::put_key(const model::KeyRecord& key) {
  const Result<std::int64_t> authority = authority_id(key.authority);
  if (!authority) return base::fail(authority.error());
  Json kids = Json::array();
  for (const model::Kid& kid : key.kids_ever) kids.push_back(kid_json(kid));
  const Result<std::string> last = members_json(key.last_members);
  if (!last) return base::fail(last.error());
  const Result<std::string> former = members_json(key.former_members);
  if (!former) return base::fail(former.error());
  return database_.cached(kPutKey)
      .bind(*authority, key.thumbprint, key.first_seen, key.last_seen, base::canonical_json(kids),
            *last, *former, key.kty, key.crv, key.alg, key.use, key.bits, key.signing,
            key.first_absent_at, key.absent_count, key.withdrawn_at)
      .run();
}

Status Writer::put_kid(const model::KidRecord& kid) {
  const Result<std::int64_t> authority = authority_id(kid.authority);
  if (!authority) return base::fail(authority.error());
  return database_.cached(kPutKid)
      .bind(*authority, kid.kid, Json(kid.last_thumbprints).dump())
      .run();
}

Status Writer::put_sighting(const model::Sighting& sighting) {
  const Result<std::int64_t> authority = authority_id(sighting.authority);
  if (!authority) return base::fail(authority.error());
  const std::string kid = sighting.kid.value_or(std::string());
  if (sighting.members.empty()) {
    const Status extended = database_.cached(kExtendSighting)
                                .bind(*authority, sighting.thumbprint, sighting.first,
                                      sighting.kid.has_value(), kid, sighting.last)
                                .run();
    if (!extended || database_.changes() == 1) return extended;
  }
  const Result<std::int64_t> fragment = fragment_id(sighting.members);
  if (!fragment) return base::fail(fragment.error());
  return database_.cached(kPutSighting)
      .bind(*authority, sighting.thumbprint, sighting.first, sighting.kid.has_value(), kid,
            sighting.last, *fragment)
      .run();
}

Status Writer::put_timeline(const model::TimelineState& state) {
  const Result<std::int64_t> authority = authority_id(state.authority);
  if (!authority) return base::fail(authority.error());
  std::optional<std::int64_t> discovery;
  if (!state.discovery_members.empty()) {
    const Result<std::int64_t> id = fragment_id(state.discovery_members);
    if (!id) return base::fail(id.error());
    discovery = *id;
  }
  return database_.cached(kPutTimeline)
      .bind(*authority, state.any_good, Json(state.last_set).dump(),
            Json(state.last_signing).dump(), Json(state.flaps).dump(), state.inconsistent,
            discovery, state.jwks_sha256, state.discovery_sha256, state.leaf_sha256,
            state.last_good)
      .run();
}

}  // namespace idpwatch::storage
