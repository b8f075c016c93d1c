// A small world for unit tests: one authority whose key set the test changes, tokens by thumbprint.
#pragma once

#include "validators/core/simulation.hpp"

#include <map>
#include <memory>
#include <string>
#include <vector>

namespace idpwatch::test {

inline constexpr std::string_view kAuthority = "https://idp.example.test";

struct TestKey {
  std::string kid, x, y;  // no kid: the key has none, and neither have its tokens
  [[nodiscard]] std::string thumbprint() const;
};
// Points on P-256, made for these tests.
TestKey key_one();
TestKey key_two();

class TestWorld final : public validators::World {
 public:
  TestWorld();
  void serve_keys(const std::vector<TestKey>& keys);
  void fail(validators::Fault fault);  // kNone: well again
  [[nodiscard]] const validators::Served& fetch(std::string_view url,
                                                base::Instant at) const override;

 private:
  std::map<std::string, validators::Served, std::less<>> served_;
  validators::Served broken_;
};

std::shared_ptr<const validators::Validator> validator(
    const std::string& version, const std::string& variant = {},
    std::shared_ptr<validators::DocumentStore> store = nullptr);

// Valid for an hour from `issued` on, signed by `key`.
validators::Credentials token(const TestKey& key, base::Instant issued);

inline base::Instant start() { return base::from_unix_seconds(1'767'225'600); }  // 2026-01-01

}  // namespace idpwatch::test
