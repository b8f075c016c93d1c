// Sends letters by SMTP (net/send_letter.hpp), each on a thread of its own: libcurl waits, on its
// multi interface too, for the reply to the whole letter and to QUIT (curl 7.88, lib/smtp.c,
// smtp_done and smtp_disconnect), so a server that scans what it takes would hold up the loop for
// seconds. At most kAtOnce letters go at once; further ones wait.
//
// Loop thread only.
#pragma once

#include "net/event_loop.hpp"
#include "net/http_transport.hpp"
#include "net/tls_files.hpp"

#include <cstddef>
#include <deque>
#include <map>
#include <memory>

namespace idpwatch::net {

class MailClient {
 public:
  static constexpr std::size_t kAtOnce = 8;

  explicit MailClient(EventLoop& loop);
  ~MailClient();  // gives up what is under way, which takes libcurl a second at most
  MailClient(const MailClient&) = delete;
  MailClient& operator=(const MailClient&) = delete;

  // `trust`: in the server's certificate; null: nobody is trusted.
  void start(RequestId id, HttpRequest request, TrustPtr trust, HttpTransport::Callback done);
  // False: no such letter. One that is under way may still arrive.
  bool cancel(RequestId id);

 private:
  struct Shared;
  struct Running;
  struct Waiting {
    RequestId id;
    HttpRequest request;
    TrustPtr trust;
    HttpTransport::Callback done;
  };

  void begin(Waiting letter);
  void begin_next();
  void take_finished();

  EventLoop& loop_;
  std::shared_ptr<Shared> shared_;  // also of each thread; null before the first letter
  std::deque<Waiting> waiting_;
  std::map<RequestId, std::unique_ptr<Running>> running_;
};

}  // namespace idpwatch::net
