#include "model/bounded_text.hpp"

#include "base/text.hpp"
#include "model/jwk.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

using namespace idpwatch;

TEST_CASE("a text that is too long keeps its beginning and is told apart by its digest",
          "[model]") {
  CHECK(model::bounded_text("kid-1") == "kid-1");
  CHECK(model::bounded_text(std::string(1024, 'k')) == std::string(1024, 'k'));
  const std::string one = model::bounded_text(std::string(2000, 'k') + "1");
  const std::string other = model::bounded_text(std::string(2000, 'k') + "2");
  CHECK(one.size() == 1024);
  CHECK(one.starts_with("kkkk"));
  CHECK(one != other);
  CHECK(model::bounded_text(std::string(2000, 'k') + "1") == one);
}

TEST_CASE("a text is never cut within a character", "[model]") {
  for (std::size_t before = 0; before < 4; ++before) {
    std::string text(before, 'a');
    while (text.size() < 500) text += "\xE2\x82\xAC";
    CHECK(base::is_utf8(model::bounded_text(text, 200)));
  }
}

TEST_CASE("no member of a key makes what is kept of it long", "[model]") {
  const std::string endless(500'000, 'x');
  for (const char* name : {"kid", "alg", "use", "kty", "crv", "anything"}) {
    CAPTURE(name);
    nlohmann::json key = {{"kty", "EC"}, {"crv", "P-256"}, {"x", "AA"}, {"y", "AA"}};
    key[name] = endless;
    const model::Jwk parsed = model::parse_jwk(key);
    CHECK(parsed.kid.value_or("").size() <= model::kLabelBytesMax);
    CHECK(parsed.alg.value_or("").size() <= model::kLabelBytesMax);
    CHECK(parsed.use.value_or("").size() <= model::kLabelBytesMax);
    CHECK(parsed.kty.size() <= model::kLabelBytesMax);
    CHECK(parsed.crv.size() <= model::kLabelBytesMax);
    CHECK(parsed.members.size() <= model::kMembersBytesMax);
    CHECK(parsed.metadata.size() <= model::kMembersBytesMax);
  }
  nlohmann::json many = {{"kty", "EC"}};
  for (int i = 0; i < 20'000; ++i) many["member" + std::to_string(i)] = 1;
  CHECK(model::parse_jwk(many).metadata.size() <= model::kMembersBytesMax);
}
