// A throw-away certificate authority, made in memory for one test run.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

struct evp_pkey_st;
struct x509_st;

namespace idpwatch::fakes {

struct FreeTls {
  void operator()(evp_pkey_st* key) const;
  void operator()(x509_st* certificate) const;
};

struct Identity {
  std::unique_ptr<evp_pkey_st, FreeTls> key;
  std::unique_ptr<x509_st, FreeTls> certificate;
};

class TestCa {
 public:
  TestCa();
  ~TestCa();
  TestCa(const TestCa&) = delete;
  TestCa& operator=(const TestCa&) = delete;

  // Valid from and until, relative to the real time: OpenSSL compares with it.
  [[nodiscard]] Identity issue(const std::vector<std::string>& names,
                               std::chrono::seconds from = -std::chrono::hours(1),
                               std::chrono::seconds until = std::chrono::hours(24)) const;
  // A PEM file of the authority's certificate, removed with this.
  [[nodiscard]] const std::string& file() const { return file_; }

 private:
  Identity root_;
  std::string file_;
};

}  // namespace idpwatch::fakes
