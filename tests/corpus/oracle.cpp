#include "tests/corpus/oracle.hpp"

#include <algorithm>
#include <map>

namespace idpwatch::corpus {

namespace {

using nlohmann::json;
using Label = std::optional<std::string>;

// --- keys, decoded ---------------------------------------------------------------------------

std::optional<std::string> hex_of_base64(const json& key, const std::string& name) {
  if (!key.contains(name) || !key[name].is_string()) return std::nullopt;
  unsigned value = 0;
  unsigned bits = 0;
  std::size_t digits = 0;
  std::string hex;
  for (const char c : key[name].get<std::string>()) {
    unsigned digit = 0;
    if (c >= 'A' && c <= 'Z')
      digit = static_cast<unsigned>(c - 'A');
    else if (c >= 'a' && c <= 'z')
      digit = static_cast<unsigned>(c - 'a') + 26;
    else if (c >= '0' && c <= '9')
      digit = static_cast<unsigned>(c - '0') + 52;
    else if (c == '+' || c == '-')
      digit = 62;
    else if (c == '/' || c == '_')
      digit = 63;
    else if (c == '=' || c == ' ' || c == '\t' || c == '\r' || c == '\n')
      continue;
    else
      return std::nullopt;
    ++digits;
    value = (value << 6U | digit) & 0xFFFFU;
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      const unsigned byte = value >> bits & 0xFFU;
      hex += "0123456789abcdef"[byte >> 4U];
      hex += "0123456789abcdef"[byte & 15U];
    }
  }
  if (digits % 4 == 1) return std::nullopt;
  return hex;
}

std::optional<std::string> number(const json& key, const std::string& name) {
  std::optional<std::string> hex = hex_of_base64(key, name);
  if (!hex) return std::nullopt;
  while (hex->starts_with("00")) hex->erase(0, 2);
  return hex;
}

// --- what one look shows ---------------------------------------------------------------------

struct Entry {
  std::string key;
  Label kid;
  json said;  // members that are neither the material nor the kid nor secret
  bool signing = true;
};

json said_of(const json& key) {
  static const std::set<std::string> kNot = {"kty", "crv", "n", "e",  "x",  "y",  "kid", "k",
                                             "d",   "p",   "q", "dp", "dq", "qi", "oth"};
  json said = json::object();
  for (const auto& [name, value] : key.items()) {
    if (kNot.contains(name)) continue;
    said[name] = value;
    if (name == "key_ops" && value.is_array())
      said[name] = std::set<json>(value.begin(), value.end());
  }
  return said;
}

std::vector<Entry> entries_of(const json& document) {
  std::vector<Entry> entries;
  for (const json& key : document["keys"]) {
    if (!key.is_object()) continue;
    Entry entry;
    entry.key = identity(key);
    if (entry.key.empty()) continue;
    if (key.contains("kid") && !key["kid"].is_null()) {
      entry.kid = key["kid"].is_string() ? key["kid"].get<std::string>() : key["kid"].dump();
    }
    entry.said = said_of(key);
    entry.signing = !(key.contains("use") && key["use"] == "enc");
    entries.push_back(std::move(entry));
  }
  return entries;
}

// --- the whole list, and questions to it -----------------------------------------------------

class Story {
 public:
  Story(const std::vector<Look>& looks, const OracleConfig& config)
      : looks_(looks), config_(config) {
    std::map<const json*, std::shared_ptr<std::vector<Entry>>> read;
    for (const Look& look : looks) {
      auto& entries = read[look.document.get()];
      if (entries == nullptr) {
        entries = std::make_shared<std::vector<Entry>>(entries_of(*look.document));
      }
      seen_.push_back(entries);
      const std::size_t i = seen_.size() - 1;
      for (const Entry& entry : *entries) {
        note(key_looks_[entry.key], i);
        if (entry.kid) note(kid_looks_[*entry.kid], i);
        if (entry.kid) note(pair_looks_[{entry.key, *entry.kid}], i);
      }
    }
  }

  std::vector<OracleEvent> events_at(std::size_t i) const;

 private:
  using Looks = std::vector<std::size_t>;

  static void note(Looks& looks, std::size_t i) {
    if (looks.empty() || looks.back() != i) looks.push_back(i);
  }
  // The last look before i at which it was there.
  static std::optional<std::size_t> last_before(const Looks& looks, std::size_t i) {
    const auto place = std::ranges::lower_bound(looks, i);
    if (place == looks.begin()) return std::nullopt;
    return *(place - 1);
  }
  std::set<std::string> keys_at(std::size_t i, bool signing_only = false) const {
    std::set<std::string> keys;
    for (const Entry& entry : *seen_[i]) {
      if (entry.signing || !signing_only) keys.insert(entry.key);
    }
    return keys;
  }
  std::set<Label> labels_at(const std::string& key, std::size_t i) const {
    std::set<Label> labels;
    for (const Entry& entry : *seen_[i]) {
      if (entry.key == key) labels.insert(entry.kid);
    }
    return labels;
  }
  std::set<std::string> keys_of_kid_at(const std::string& kid, std::size_t i) const {
    std::set<std::string> keys;
    for (const Entry& entry : *seen_[i]) {
      if (entry.kid == kid) keys.insert(entry.key);
    }
    return keys;
  }
  std::set<json> said_at(const std::string& key, const std::string& kid, std::size_t i) const {
    std::set<json> said;
    for (const Entry& entry : *seen_[i]) {
      if (entry.key == key && entry.kid == kid) said.insert(entry.said);
    }
    return said;
  }
  static Label smallest(const std::set<Label>& labels) {
    for (const Label& label : labels) {
      if (label) return label;
    }
    return std::nullopt;
  }
  // A key that was last seen at `last` and is absent after it: the look that confirms it gone.
  std::optional<std::size_t> confirming(std::size_t last, std::size_t until) const {
    for (std::size_t c = last + 1; c <= until; ++c) {
      const bool often = c - last >= static_cast<std::size_t>(config_.confirm_observations);
      if (often && looks_[c].at - looks_[last + 1].at >= config_.confirm_span) return c;
    }
    return std::nullopt;
  }
  // Keys whose absence ends at look i before it was confirmed.
  int absences_ended_at(std::size_t i) const {
    int count = 0;
    for (const std::string& key : keys_at(i)) {
      const auto last = last_before(key_looks_.at(key), i);
      if (last && *last + 1 < i && !confirming(*last, i - 1)) ++count;
    }
    return count;
  }
  bool inconsistent_at(std::size_t i) const;

  OracleEvent event(const std::string& type, std::size_t i) const {
    OracleEvent out;
    out.type = type;
    out.at = looks_[i].at;
    return out;
  }

  void published_and_returned(std::size_t i, std::vector<OracleEvent>& out) const;
  void withdrawn(std::size_t i, std::vector<OracleEvent>& out) const;
  void material(std::size_t i, std::vector<OracleEvent>& out) const;
  void renamed(std::size_t i, std::vector<OracleEvent>& out) const;
  void metadata(std::size_t i, std::vector<OracleEvent>& out) const;
  void whole_set(std::size_t i, std::vector<OracleEvent>& out) const;

  const std::vector<Look>& looks_;
  OracleConfig config_;
  std::vector<std::shared_ptr<std::vector<Entry>>> seen_;
  std::map<std::string, Looks> key_looks_, kid_looks_;
  std::map<std::pair<std::string, std::string>, Looks> pair_looks_;
  mutable std::vector<int> ended_;         // absences_ended_at of each look, filled as asked
  mutable std::vector<std::size_t> told_;  // looks with keyset.inconsistent
};

void Story::published_and_returned(std::size_t i, std::vector<OracleEvent>& out) const {
  for (const std::string& key : keys_at(i)) {
    const auto last = last_before(key_looks_.at(key), i);
    if (!last) {
      OracleEvent published = event("key.published", i);
      published.initial = i == 0;
      published.key = key;
      published.kid = smallest(labels_at(key, i));
      out.push_back(published);
    } else if (*last + 1 < i && confirming(*last, i - 1)) {
      OracleEvent returned = event("key.returned", i);
      returned.key = key;
      returned.kid = smallest(labels_at(key, i));
      out.push_back(returned);
    }
  }
}

void Story::withdrawn(std::size_t i, std::vector<OracleEvent>& out) const {
  for (const auto& [key, looks] : key_looks_) {
    if (std::ranges::binary_search(looks, i)) continue;
    const auto last = last_before(looks, i);
    if (!last || confirming(*last, i) != i) continue;
    OracleEvent withdrawn = event("key.withdrawn", i);
    withdrawn.key = key;
    withdrawn.kid = smallest(labels_at(key, *last));
    withdrawn.first_absent_at = looks_[*last + 1].at;
    out.push_back(withdrawn);
  }
}

void Story::material(std::size_t i, std::vector<OracleEvent>& out) const {
  std::set<std::string> kids;
  for (const Entry& entry : *seen_[i]) {
    if (entry.kid) kids.insert(*entry.kid);
  }
  for (const std::string& kid : kids) {
    const auto last = last_before(kid_looks_.at(kid), i);
    if (!last) continue;
    const std::set<std::string> before = keys_of_kid_at(kid, *last);
    const std::set<std::string> now = keys_of_kid_at(kid, i);
    if (std::ranges::any_of(now, [&](const std::string& key) { return before.contains(key); }))
      continue;
    OracleEvent changed = event("key.material_changed", i);
    changed.kid = kid;
    out.push_back(changed);  // which of several new keys stands for it, the table does not say
  }
}

void Story::renamed(std::size_t i, std::vector<OracleEvent>& out) const {
  for (const std::string& key : keys_at(i)) {
    const auto last = last_before(key_looks_.at(key), i);
    if (!last) continue;
    const std::set<Label> now = labels_at(key, i);
    const std::set<Label> before = labels_at(key, *last);
    if (std::ranges::any_of(now, [&](const Label& label) { return before.contains(label); }))
      continue;
    std::set<Label> ever;
    for (const std::size_t look : key_looks_.at(key)) {
      if (look < i) ever.merge(labels_at(key, look));
    }
    std::set<Label> fresh;
    for (const Label& label : now) {
      if (!ever.contains(label)) fresh.insert(label);
    }
    if (fresh.empty()) continue;
    OracleEvent renamed = event("key.renamed", i);
    renamed.key = key;
    renamed.kid = smallest(fresh);
    out.push_back(renamed);
  }
}

void Story::metadata(std::size_t i, std::vector<OracleEvent>& out) const {
  std::set<std::pair<std::string, std::string>> pairs;
  for (const Entry& entry : *seen_[i]) {
    if (entry.kid) pairs.insert({entry.key, *entry.kid});
  }
  for (const auto& [key, kid] : pairs) {
    const auto last = last_before(pair_looks_.at({key, kid}), i);
    if (!last) continue;
    const std::set<json> before = said_at(key, kid, *last);
    const std::set<json> now = said_at(key, kid, i);
    if (before == now) continue;
    OracleEvent changed = event("key.metadata_changed", i);
    changed.key = key;
    changed.kid = kid;
    // Where a key stands once under its kid it is plain which members differ.
    if (before.size() == 1 && now.size() == 1) {
      const json merged_before = *before.begin(), merged_now = *now.begin();
      for (const auto* side : {&merged_before, &merged_now}) {
        for (const auto& [name, value] : side->items()) {
          if (merged_before.value(name, json()) != merged_now.value(name, json()) ||
              merged_before.contains(name) != merged_now.contains(name)) {
            changed.fields.insert(name);
          }
        }
      }
    }
    out.push_back(changed);
  }
}

bool Story::inconsistent_at(std::size_t i) const {
  while (ended_.size() <= i) ended_.push_back(absences_ended_at(ended_.size()));
  int within_20 = 0;
  for (std::size_t j = i < 19 ? 0 : i - 19; j <= i; ++j) within_20 += ended_[j];
  if (within_20 < 2) return false;
  if (told_.empty()) return true;
  // Were there 20 calm ones in a row since the last time?
  int calm = 0;
  for (std::size_t j = told_.back() + 1; j <= i; ++j) {
    calm = ended_[j] == 0 ? calm + 1 : 0;
    if (calm >= 20) return true;
  }
  return false;
}

void Story::whole_set(std::size_t i, std::vector<OracleEvent>& out) const {
  if (i > 0) {
    const std::set<std::string> before = keys_at(i - 1, true);
    const std::set<std::string> now = keys_at(i, true);
    const bool shared =
        std::ranges::any_of(now, [&](const std::string& key) { return before.contains(key); });
    if (!before.empty() && !now.empty() && !shared) out.push_back(event("keyset.replaced", i));
    if (keys_at(i).empty() && !keys_at(i - 1).empty()) out.push_back(event("keyset.empty", i));
  }
  if (inconsistent_at(i)) {
    told_.push_back(i);
    out.push_back(event("keyset.inconsistent", i));
  }
}

std::vector<OracleEvent> Story::events_at(std::size_t i) const {
  std::vector<OracleEvent> out;
  withdrawn(i, out);
  whole_set(i, out);
  // The very set of the look before: what was last seen is what is seen.
  if (i > 0 && seen_[i] == seen_[i - 1]) return out;
  published_and_returned(i, out);
  material(i, out);
  renamed(i, out);
  metadata(i, out);
  return out;
}

// Arrays of a document are sets.
json with_sets(const json& value) {
  if (value.is_array()) {
    std::set<json> elements;
    for (const json& element : value) elements.insert(with_sets(element));
    return elements;
  }
  if (!value.is_object()) return value;
  json out = json::object();
  for (const auto& [name, inner] : value.items()) out[name] = with_sets(inner);
  return out;
}

}  // namespace

std::string identity(const json& key) {
  static const std::map<std::string, std::size_t> kEc = {
      {"P-256", 64}, {"P-384", 96}, {"P-521", 132}, {"secp256k1", 64}};
  static const std::map<std::string, std::size_t> kOkp = {
      {"Ed25519", 64}, {"Ed448", 114}, {"X25519", 64}, {"X448", 112}};
  const std::string kty =
      key.contains("kty") && key["kty"].is_string() ? key["kty"].get<std::string>() : "";
  const std::string crv =
      key.contains("crv") && key["crv"].is_string() ? key["crv"].get<std::string>() : "";
  if (kty == "RSA") {
    const auto n = number(key, "n"), e = number(key, "e");
    return n && e && !n->empty() && !e->empty() ? "RSA " + *n + ' ' + *e : "";
  }
  if (kty == "EC" && kEc.contains(crv)) {
    const auto x = number(key, "x"), y = number(key, "y");
    const auto fits = [&](const std::string& name, const std::optional<std::string>& value) {
      return value && value->size() <= kEc.at(crv) && !hex_of_base64(key, name)->empty();
    };
    return fits("x", x) && fits("y", y) ? "EC " + crv + ' ' + *x + ' ' + *y : "";
  }
  if (kty == "OKP" && kOkp.contains(crv)) {
    const auto x = hex_of_base64(key, "x");
    return x && x->size() == kOkp.at(crv) ? "OKP " + crv + ' ' + *x : "";
  }
  if (kty == "oct" && key.contains("k") && key["k"].is_string() && key["k"] != "") {
    return "oct " + key["k"].get<std::string>();
  }
  return "";
}

std::vector<OracleEvent> key_events(const std::vector<Look>& looks, const OracleConfig& config) {
  const Story story(looks, config);
  std::vector<OracleEvent> out;
  for (std::size_t i = 0; i < looks.size(); ++i) {
    for (OracleEvent& event : story.events_at(i)) out.push_back(std::move(event));
  }
  return out;
}

std::vector<OracleEvent> document_events(const std::vector<Look>& looks) {
  std::vector<OracleEvent> out;
  const json* last = nullptr;
  for (const Look& look : looks) {
    const json& now = *look.document;
    if (!now.is_object() || !now.contains("issuer") || !now["issuer"].is_string()) continue;
    if (last != nullptr && last != &now) {
      const json before_sets = with_sets(*last), now_sets = with_sets(now);
      OracleEvent changed{"discovery.changed", look.at, {}, {}, false, {}, {}};
      for (const auto* side : {&before_sets, &now_sets}) {
        for (const auto& [name, value] : side->items()) {
          const bool same = before_sets.contains(name) && now_sets.contains(name) &&
                            before_sets[name] == now_sets[name];
          if (!same && name != "requestid") changed.fields.insert(name);
        }
      }
      if (!changed.fields.empty()) out.push_back(changed);
      if (changed.fields.contains("issuer"))
        out.push_back({"issuer.changed", look.at, {}, {}, false, {}, {}});
      if (changed.fields.contains("jwks_uri"))
        out.push_back({"jwks_uri.changed", look.at, {}, {}, false, {}, {}});
    }
    last = &now;
  }
  return out;
}

}  // namespace idpwatch::corpus
