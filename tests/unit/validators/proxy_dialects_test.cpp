// Every way of writing an exemption, for every HTTP client: what NO_PROXY means to whom. Rows where
// clients differ are measured (.NET 10 on Linux) or read in the sources that proxy_dialects names.
#include "validators/core/proxy_dialects.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <string>

namespace idpwatch::validators {

namespace {

constexpr const char* kName = "https://idp.example.test/keys";
constexpr const char* kAddress = "https://10.1.2.3/keys";
constexpr const char* kAddress6 = "https://[fd12::1]/keys";
constexpr const char* kOtherPort = "https://idp.example.test:8443/keys";

std::optional<bool> exempt(ProxyStack stack, const std::string& list, const std::string& url) {
  return base::exempts(proxy_rules(stack).dialect.value(), list, *base::parse_url(url));
}

// Those with a list that is known and is no list of patterns.
constexpr std::array kListing{ProxyStack::kDotnet, ProxyStack::kCurl,     ProxyStack::kGo,
                              ProxyStack::kUrllib, ProxyStack::kRequests, ProxyStack::kRuby,
                              ProxyStack::kApache, ProxyStack::kIstiod};

// "D" .NET, "C" curl, "G" Go, "U" urllib, "Q" requests, "R" Ruby, "A" Apache, "I" istiod.
const std::map<char, ProxyStack> kLetters{{'D', ProxyStack::kDotnet},   {'C', ProxyStack::kCurl},
                                          {'G', ProxyStack::kGo},       {'U', ProxyStack::kUrllib},
                                          {'Q', ProxyStack::kRequests}, {'R', ProxyStack::kRuby},
                                          {'A', ProxyStack::kApache},   {'I', ProxyStack::kIstiod}};

struct Row {
  const char* list;
  const char* url;
  const char* direct;   // the letters of those that go directly
  const char* unknown;  // of those of which it is not known
};

const std::array kRows{
    Row{"example.test", kName, "CGUQRAI", ""},
    Row{"example.test", "https://example.test/keys", "DCGUQRAI", ""},
    Row{"example.test", "https://badexample.test/keys", "Q", ""},
    Row{".example.test", kName, "DCGUQRAI", ""},
    Row{".example.test", "https://example.test/keys", "DCUQRA", ""},
    Row{".example.test", "https://badexample.test/keys", "", ""},
    Row{"*.example.test", kName, "GI", ""},
    Row{"*.example.test", "https://example.test/keys", "", ""},
    Row{"*", kName, "CGUQAI", ""},
    Row{"*,other.test", kName, "GI", ""},
    Row{"*", kAddress, "CGUQAI", ""},
    Row{"idp.example.test", kName, "DCGUQRAI", ""},
    Row{"IDP.Example.TEST", kName, "DCGUQRAI", ""},
    Row{"other.test, idp.example.test", kName, "DCGUQRAI", ""},
    Row{"other.test idp.example.test", kName, "CRA", ""},
    Row{"idp.example.test:443", kName, "GUQRI", ""},
    Row{"idp.example.test:8443", kName, "", ""},
    Row{"idp.example.test:8443", kOtherPort, "GUQRI", ""},
    Row{"idp.example.test", kOtherPort, "DCGUQRAI", ""},
    Row{"10.0.0.0/8", kAddress, "CGQRAI", ""},
    Row{"10.0.0.0/8", "https://11.1.2.3/keys", "", ""},
    Row{"10.0.0.0/8", kName, "", "R"},
    Row{"10.0.0.0/99", kAddress, "", ""},
    Row{"10.0.0.0/8x", kAddress, "", ""},
    Row{"10.1.2.3", kAddress, "DCGUQRAI", ""},
    Row{"10.1.2.3", kName, "", "R"},
    Row{"fd00::/8", kAddress6, "CGRAI", "Q"},
    Row{"[fd12::1]", kAddress6, "DCGUQRAI", ""},
    Row{"", kName, "", ""},
    Row{" , ,", kName, "", ""},
    Row{"", "https://127.0.0.1/keys", "GI", ""},
    Row{"", "https://localhost/keys", "GI", ""},
    Row{"", "https://[::1]/keys", "GI", ""},
    Row{"127.0.0.0/8", "https://127.0.0.1/keys", "CGQRAI", ""},
};

}  // namespace

TEST_CASE("What NO_PROXY exempts is the client's own dialect", "[validators][proxy]") {
  REQUIRE(kLetters.size() == kListing.size());
  for (const Row& row : kRows) {
    for (const auto& [letter, stack] : kLetters) {
      INFO(letter << " NO_PROXY=" << row.list << " " << row.url);
      std::optional<bool> expected = std::string(row.direct).find(letter) != std::string::npos;
      if (std::string(row.unknown).find(letter) != std::string::npos) expected.reset();
      CHECK(exempt(stack, row.list, row.url) == expected);
    }
  }
}

TEST_CASE("A list of several entries exempts what one of them exempts", "[validators][proxy]") {
  // Not "*", which some take only where it stands by itself.
  const std::array<const char*, 6> entries{"example.test",          ".example.test",
                                           "*.example.test",        "10.0.0.0/8",
                                           "idp.example.test:8443", "10.1.2.3"};
  for (const ProxyStack stack : kListing) {
    for (const char* url : {kName, kAddress, kOtherPort}) {
      for (const char* one : entries) {
        for (const char* other : entries) {
          const auto alone = exempt(stack, one, url), beside = exempt(stack, other, url);
          const auto both = exempt(stack, std::string(one) + "," + other, url);
          INFO(one << "," << other << " " << url);
          if (alone == true || beside == true) {
            CHECK(both == true);
          } else {
            CHECK(both == (alone && beside ? std::optional(false) : std::nullopt));
          }
        }
      }
    }
  }
}

TEST_CASE("A JVM's list is one of patterns with * at their ends", "[validators][proxy]") {
  const auto direct = [](const char* list, const char* url) {
    return exempt(ProxyStack::kJava, list, url) == true;
  };
  CHECK(direct("*.example.test", kName));
  CHECK(direct("other.test|idp.*", kName));
  CHECK(direct("idp.example.test", kName));
  CHECK_FALSE(direct("example.test", kName));
  CHECK_FALSE(direct("*.example.test,other.test", kName));
  CHECK(direct("localhost|127.*|[::1]", "https://127.0.0.1/keys"));
  CHECK(direct("localhost|127.*|[::1]", "https://[::1]/keys"));
  CHECK_FALSE(direct("10.0.0.0/8", kAddress));
}

TEST_CASE("Each stack has one row of proxy rules, in the order of its name",
          "[validators][proxy]") {
  const auto rows = proxy_dialects();
  REQUIRE(rows.size() == 13);
  std::set<std::string_view> names;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    CHECK(static_cast<std::size_t>(rows[i].stack) == i);
    CHECK(names.insert(rows[i].name).second);
    CHECK(rows[i].rules.source.has_value());
    CHECK_FALSE(rows[i].rules.advice.empty());
  }
  // Not known, and not guessed.
  CHECK_FALSE(proxy_rules(ProxyStack::kNode).dialect.has_value());
}

}  // namespace idpwatch::validators
