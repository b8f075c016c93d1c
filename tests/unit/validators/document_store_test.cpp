#include "validators/dotnet/dotnet_documents.hpp"
#include "validators/dotnet/identity_model.hpp"

#include <catch2/catch.hpp>

namespace idpwatch::validators {

namespace {

const LibraryTraits& traits() {
  static const LibraryTraits newest = library_traits({8, 23, 0}, false);
  return newest;
}

Body document(int number, std::size_t padding = 0) {
  return std::make_shared<const std::string>(R"({"issuer":"https://id-)" + std::to_string(number) +
                                             R"(.example.com"})" + std::string(padding, ' '));
}

}  // namespace

TEST_CASE("Equal octets are parsed once, whoever holds them", "[validators]") {
  DocumentStore store;
  const auto one = discovery_of(store, document(1), "application/json", traits());
  const auto same = discovery_of(store, document(1), "application/json", traits());
  CHECK(one == same);
  CHECK(store.parsed() == 1);
  CHECK(discovery_of(store, document(2), "application/json", traits())->issuer ==
        "https://id-2.example.com");
  CHECK(store.parsed() == 2);
}

TEST_CASE("What is parsed is bounded in count and octets, and what is asked for stays",
          "[validators]") {
  DocumentStore store({64, 1UL << 20});
  const Body asked = document(0);
  const auto kept = discovery_of(store, asked, "application/json", traits());
  for (int i = 1; i < 1000; ++i) {
    discovery_of(store, document(i, 10'000), "application/json", traits());
    REQUIRE(store.bytes() <= (1UL << 20) + 20'000);
    REQUIRE(discovery_of(store, asked, "application/json", traits()) == kept);
  }
  CHECK(store.parsed() == 1000);
}

}  // namespace idpwatch::validators
