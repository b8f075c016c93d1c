#include "net/address_policy.hpp"

#include <catch2/catch.hpp>

#include <array>
#include <string>
#include <utility>
#include <vector>

using namespace idpwatch::net;

TEST_CASE("addresses are told apart by what stands behind them", "[net]") {
  const std::vector<std::pair<std::string, AddressClass>> cases = {
      {"8.8.8.8", AddressClass::kPublic},
      {"20.190.160.1", AddressClass::kPublic},
      {"2603:1036::1", AddressClass::kPublic},
      {"10.1.2.3", AddressClass::kPrivate},
      {"172.15.255.255", AddressClass::kPublic},
      {"172.16.0.1", AddressClass::kPrivate},
      {"172.31.255.255", AddressClass::kPrivate},
      {"172.32.0.1", AddressClass::kPublic},
      {"192.168.0.1", AddressClass::kPrivate},
      {"192.169.0.1", AddressClass::kPublic},
      {"100.64.0.1", AddressClass::kPrivate},
      {"100.127.255.255", AddressClass::kPrivate},
      {"100.128.0.1", AddressClass::kPublic},
      {"127.0.0.1", AddressClass::kPrivate},
      {"0.0.0.0", AddressClass::kPrivate},
      {"198.19.255.255", AddressClass::kPrivate},
      {"169.254.1.1", AddressClass::kLinkLocal},
      {"169.254.169.254", AddressClass::kMetadata},
      {"168.63.129.16", AddressClass::kMetadata},
      {"100.100.100.200", AddressClass::kMetadata},
      {"224.0.0.1", AddressClass::kUnusable},
      {"255.255.255.255", AddressClass::kUnusable},
      {"::", AddressClass::kPrivate},
      {"::1", AddressClass::kPrivate},
      {"fc00::1", AddressClass::kPrivate},
      {"fdff::1", AddressClass::kPrivate},
      {"fd00:ec2::254", AddressClass::kMetadata},
      {"fd20:ce::254", AddressClass::kMetadata},
      {"fe80::1", AddressClass::kLinkLocal},
      {"febf::1", AddressClass::kLinkLocal},
      {"fec0::1", AddressClass::kPrivate},
      {"ff02::1", AddressClass::kUnusable},
      {"example.com", AddressClass::kUnusable},
  };
  for (const auto& [text, expected] : cases) {
    INFO(text);
    CHECK(classify_address(std::string_view(text)) == expected);
  }
}

TEST_CASE("an IPv4 address cannot hide in an IPv6 one", "[net]") {
  for (const std::string text :
       {"::ffff:169.254.169.254", "[::ffff:169.254.169.254]", "64:ff9b::169.254.169.254",
        "2002:a9fe:a9fe::1", "::169.254.169.254", "2001:0:4136:e378:8000:63bf:5601:5601"}) {
    INFO(text);
    CHECK(classify_address(std::string_view(text)) == AddressClass::kMetadata);
  }
  CHECK(classify_address(std::string_view("::ffff:10.0.0.1")) == AddressClass::kPrivate);
  CHECK(classify_address(std::string_view("::ffff:8.8.8.8")) == AddressClass::kPublic);
  CHECK(classify_address(std::string_view("64:ff9b::8.8.8.8")) == AddressClass::kPublic);
  CHECK(classify_address(std::string_view("64:ff9b:1::8.8.8.8")) == AddressClass::kPrivate);
}

TEST_CASE("odd spellings of an address are addresses, names are not", "[net]") {
  for (const std::string text : {"127.0.0.1", "127.1", "0x7f000001", "017700000001", "2130706433",
                                 "[::1]", "::1", "[fe80::1%25eth0]"}) {
    INFO(text);
    CHECK(is_address_literal(text));
  }
  for (const std::string text : {"localhost", "login.example.com", "1.2.3.4.example", "a.b", ""}) {
    INFO(text);
    CHECK_FALSE(is_address_literal(text));
  }
  CHECK(classify_address(std::string_view("0xa9fea9fe")) == AddressClass::kMetadata);
  CHECK(classify_address(std::string_view("127.1")) == AddressClass::kPrivate);
  CHECK(classify_address(std::string_view("fe80::1%25eth0")) == AddressClass::kLinkLocal);
}

TEST_CASE("only private addresses can be allowed", "[net]") {
  const AddressPolicy open{.allow_private = true};
  const AddressPolicy closed{.allow_private = false};
  CHECK_FALSE(refused(AddressClass::kPublic, closed));
  CHECK(refused(AddressClass::kPrivate, closed));
  CHECK_FALSE(refused(AddressClass::kPrivate, open));
  for (const AddressClass never :
       {AddressClass::kLinkLocal, AddressClass::kMetadata, AddressClass::kUnusable}) {
    CHECK(refused(never, open));
    CHECK(refused(never, closed));
  }
}

TEST_CASE("octets of another length are no address", "[net]") {
  const std::array<std::uint8_t, 5> five{};
  CHECK(classify_address(std::span<const std::uint8_t>(five)) == AddressClass::kUnusable);
}
