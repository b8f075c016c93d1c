#include "daemon/admin/connection_table.hpp"

#include <catch2/catch.hpp>

#include <array>

namespace idpwatch::daemon {
namespace {

using base::seconds;

struct Table {
  ConnectionTable table;
  std::array<char, 1024> names{};

  const void* id(std::size_t number) { return &names.at(number); }
  auto open(std::size_t number, const std::string& client, base::Duration now = seconds(0)) {
    return table.opened(id(number), client, now);
  }
};

TEST_CASE("a request has its time as a whole, however often a byte of it comes", "[admin]") {
  Table t;
  t.open(0, "a");
  CHECK(t.table.overdue(kRequestFor - seconds(1)).empty());
  const auto cut = t.table.overdue(kRequestFor);
  REQUIRE(cut.size() == 1);
  CHECK(cut[0].unfinished);
  CHECK(t.table.overdue(kRequestFor * 2).empty());  // once
}

TEST_CASE("no time runs while we work on it, and a kept connection begins anew", "[admin]") {
  Table t;
  t.open(0, "a");
  t.table.working(t.id(0));
  CHECK(t.table.overdue(kAnswerFor * 10).empty());
  t.table.answering(t.id(0), seconds(400));
  CHECK(t.table.overdue(seconds(400) + kAnswerFor - seconds(1)).empty());
  t.table.answered(t.id(0), seconds(410));
  CHECK(t.table.overdue(seconds(410) + kRequestFor - seconds(1)).empty());
  CHECK(t.table.overdue(seconds(410) + kRequestFor).size() == 1);
}

TEST_CASE("who does not take an answer is cut off without a word", "[admin]") {
  Table t;
  t.open(0, "a");
  t.table.answering(t.id(0), seconds(1));
  const auto cut = t.table.overdue(seconds(1) + kAnswerFor);
  REQUIRE(cut.size() == 1);
  CHECK_FALSE(cut[0].unfinished);
}

TEST_CASE("a client that holds many unfinished requests loses its own oldest", "[admin]") {
  Table t;
  for (std::size_t i = 0; i < kConnectionsKept / 3; ++i) CHECK_FALSE(t.open(i, "slow"));
  CHECK_FALSE(t.open(500, "other"));
  const auto cut = t.open(501, "slow");
  REQUIRE(cut);
  CHECK(cut->id == t.id(0));
  t.table.closed(t.id(0));
  REQUIRE(t.open(502, "slow"));
}

TEST_CASE("when all places are taken, the client with the most unfinished requests gives one up",
          "[admin]") {
  Table t;
  for (std::size_t i = 0; i < kConnectionsKept; ++i) {
    CHECK_FALSE(t.open(i, i < 60 ? "slow" : "client" + std::to_string(i)));
  }
  const auto cut = t.open(900, "newcomer");
  REQUIRE(cut);
  CHECK(cut->id == t.id(0));
}

TEST_CASE("places that slow readers hold are taken from the oldest of them", "[admin]") {
  Table t;
  for (std::size_t i = 0; i < kConnectionsKept; ++i) {
    t.open(i, "client" + std::to_string(i));
    t.table.answering(t.id(i), seconds(1));
  }
  const auto cut = t.open(900, "newcomer");
  REQUIRE(cut);
  CHECK(cut->id == t.id(0));
  CHECK_FALSE(cut->unfinished);
}

}  // namespace
}  // namespace idpwatch::daemon
