// Remembers what was parsed: equal octets are parsed once for each way of reading, no matter which
// validator asks. Found by the identity of the body, and by its octets where that is new. Bounded
// in count and octets: what was not asked for lately is forgotten. One thread at a time.
#pragma once

#include "validators/core/world.hpp"

#include <cstddef>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

namespace idpwatch::validators {

class DocumentStore {
 public:
  struct Limits {
    std::size_t bodies = 8192;
    std::size_t bytes = std::size_t{32} * 1024 * 1024;
  };
  DocumentStore() = default;
  explicit DocumentStore(Limits limits) : limits_(limits) {}

  // What `parse` makes of the octets (a shared_ptr<const T>, perhaps null). `way` numbers the ways
  // of reading that one stack has for a T.
  template <class T, class Parse>
  std::shared_ptr<const T> read(const Body& body, unsigned way, const Parse& parse) {
    std::shared_ptr<const void>& known = reading(body).parsed[{&kTypeTag<T>, way}];
    if (!known) {
      ++parsed_;
      const std::string_view octets = body ? std::string_view(*body) : std::string_view();
      known = std::make_shared<const std::shared_ptr<const T>>(parse(octets));
    }
    return *static_cast<const std::shared_ptr<const T>*>(known.get());
  }

  // How many documents were parsed since it was made, and how much is held.
  [[nodiscard]] std::size_t parsed() const { return parsed_; }
  // How many requests were answered by validators that share it: the cost of a forecast, counted.
  void count_request() { ++requests_; }
  [[nodiscard]] std::size_t requests() const { return requests_; }
  [[nodiscard]] std::size_t bytes() const { return newer_.bytes + older_.bytes; }

 private:
  template <class T>
  static constexpr char kTypeTag = 0;

  // The ways in which the same octets were read.
  struct Reading {
    Body body;
    std::map<std::pair<const char*, unsigned>, std::shared_ptr<const void>> parsed;
  };
  struct Known {
    Body body;  // keeps the identity alive
    std::shared_ptr<Reading> reading;
  };
  // What was asked for since the last time that half of the bounds was reached, or before it.
  struct Generation {
    std::unordered_map<const std::string*, Known> known;
    std::unordered_multimap<std::size_t, std::shared_ptr<Reading>> by_octets;
    std::size_t bytes = 0;
  };
  Reading& reading(const Body& body);
  [[nodiscard]] std::shared_ptr<Reading> find_equal(const Body& body, std::size_t hash) const;
  Reading& remember(const Body& body, std::size_t hash, std::shared_ptr<Reading> reading);

  Limits limits_;
  Generation newer_, older_;
  std::size_t parsed_ = 0, requests_ = 0;
};

}  // namespace idpwatch::validators
