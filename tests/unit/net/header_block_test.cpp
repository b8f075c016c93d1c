#include "net/header_block.hpp"

#include <catch2/catch.hpp>

using idpwatch::net::HeaderBlock;
using Line = HeaderBlock::Line;

TEST_CASE("only the final response's header is kept", "[net]") {
  HeaderBlock block(1000);
  CHECK(block.take("HTTP/1.1 103 Early Hints\r\n") == Line::kTaken);
  CHECK(block.take("Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n") == Line::kTaken);
  CHECK(block.take("Link: </a>\r\n") == Line::kTaken);
  CHECK(block.take("\r\n") == Line::kTaken);
  CHECK(block.status() == 0);
  CHECK(block.take("HTTP/1.1 200 OK\r\n") == Line::kTaken);
  CHECK(block.take("DATE: Sun, 06 Nov 1994 08:49:38 GMT\r\n") == Line::kDate);
  CHECK(block.take("X-A:  spaced \t\r\n") == Line::kTaken);
  CHECK(block.take("\r\n") == Line::kTaken);
  CHECK(block.status() == 200);
  CHECK(block.find("link") == nullptr);
  REQUIRE(block.find("x-a") != nullptr);
  CHECK(*block.find("x-a") == "spaced");
}

TEST_CASE("trailers after the body change nothing", "[net]") {
  HeaderBlock block(1000);
  block.take("HTTP/2 200 \r\n");
  block.take("etag: \"a\"\r\n");
  block.take("\r\n");
  CHECK(block.take("etag: \"b\"\r\n") == Line::kTaken);
  CHECK(block.take("HTTP/1.1 500 no\r\n") == Line::kTaken);
  CHECK(block.status() == 200);
  CHECK(*block.find("etag") == "\"a\"");
  CHECK(block.count("etag") == 1);
}

TEST_CASE("a folded line belongs to the one before", "[net]") {
  HeaderBlock block(1000);
  block.take("HTTP/1.1 200 OK\r\n");
  CHECK(block.take(" lost\r\n") == Line::kTaken);
  block.take("Cache-Control: no-store,\r\n");
  block.take("\tmax-age=0\r\n");
  CHECK(*block.find("cache-control") == "no-store, max-age=0");
}

TEST_CASE("the sum of all lines is bounded, interim responses included", "[net]") {
  HeaderBlock block(64);
  CHECK(block.take("HTTP/1.1 103 Early Hints\r\n") == Line::kTaken);  // 26
  CHECK(block.take("\r\n") == Line::kTaken);                          // 28
  CHECK(block.take("HTTP/1.1 200 OK\r\n") == Line::kTaken);           // 45
  CHECK(block.take("A: 34567890123456\r\n") == Line::kTaken);         // 64
  CHECK(block.take("\r\n") == Line::kTooLarge);
  CHECK(block.bytes_seen() == 66);
}

TEST_CASE("codings that were not asked for are refused, one gzip is taken", "[net]") {
  const auto result = [](std::initializer_list<const char*> lines) {
    HeaderBlock block(1000);
    block.take("HTTP/1.1 200 OK\r\n");
    Line last = Line::kTaken;
    for (const char* line : lines) last = block.take(line);
    return last;
  };
  CHECK(result({"Content-Encoding: gzip"}) == Line::kTaken);
  CHECK(result({"Content-Encoding: X-GZIP"}) == Line::kTaken);
  CHECK(result({"Content-Encoding: identity"}) == Line::kTaken);
  CHECK(result({"Content-Encoding: zstd"}) == Line::kCoding);
  CHECK(result({"Content-Encoding: br"}) == Line::kCoding);
  CHECK(result({"Content-Encoding: gzip, gzip"}) == Line::kCoding);
  CHECK(result({"Content-Encoding: gzip", "Content-Encoding: gzip"}) == Line::kCoding);
  CHECK(result({"Transfer-Encoding: chunked"}) == Line::kTaken);
  CHECK(result({"Transfer-Encoding: gzip, chunked"}) == Line::kCoding);
}

TEST_CASE("what is no status line or no field is passed over", "[net]") {
  HeaderBlock block(1000);
  block.take("garbage\r\n");
  CHECK(block.status() == 0);
  block.take("HTTP/1.1 2000 odd\r\n");
  CHECK(block.status() == 0);
  block.take("\r\n");
  block.take("HTTP/1.1 99999999999 odd\r\n");
  CHECK(block.status() == 0);
  block.take("\r\n");
  block.take("HTTP/1.1 204\r\n");
  CHECK(block.status() == 204);
  block.take("no colon\r\n");
  block.take(": no name\r\n");
  CHECK(block.headers().empty());
}
