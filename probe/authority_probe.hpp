// One look at one authority: its discovery document (if it has one), then its key set, each with
// redirects followed hop by hop, asked conditionally when a good answer is remembered. What comes
// out is one Observation, whatever happened: a failure is a fact, not an error.
//
// Knows nothing about schedules, storage or judgement. Single-threaded, driven by the transport's
// callbacks. The transport and the clock must outlive it.
#pragma once

#include "base/clock.hpp"
#include "model/authority.hpp"
#include "model/client_request.hpp"
#include "model/observation.hpp"
#include "net/http_transport.hpp"
#include "probe/probe_memory.hpp"

#include <functional>
#include <memory>
#include <utility>
#include <vector>

namespace idpwatch::probe {

class SecondLook;
struct Target;

class AuthorityProbe {
 public:
  using Callback = std::function<void(model::Observation&&)>;

  AuthorityProbe(net::HttpTransport& transport, const base::Clock& clock,
                 std::shared_ptr<const model::AuthoritySpec> spec, model::Limits limits);
  ~AuthorityProbe();  // as cancel()
  AuthorityProbe(const AuthorityProbe&) = delete;
  AuthorityProbe& operator=(const AuthorityProbe&) = delete;

  // Not while one runs. `done` is called once, never from within start(); it may start the next
  // look or destroy the probe. It sets `at`: the instant of the turn in which the look ended.
  void start(Callback done);
  // Afterwards `done` is not called; what is remembered stays.
  void cancel();
  [[nodiscard]] bool running() const { return look_ != nullptr; }

  [[nodiscard]] const model::AuthoritySpec& spec() const { return *spec_; }
  // An equal one, of a newer configuration: the older is let go.
  void hold(std::shared_ptr<const model::AuthoritySpec> equal) { spec_ = std::move(equal); }
  // Asks unconditionally at the next look, as after a restart.
  void forget();
  [[nodiscard]] const ProbeMemory& memory() const { return memory_; }

  // Whose services trust this authority: where a look fails or is in doubt, it is asked as they
  // ask. At most four of them.
  void ask_as(std::vector<model::ClientRequest> clients) { clients_ = std::move(clients); }
  // A probe ends only when that was answered, too: there is no next one to tell it. Else it is
  // asked beside the probes.
  void wait_for_clients() { patient_ = true; }

 private:
  // Only while a look goes on: of thousands of authorities few are looked at at a time.
  struct Look;

  void set_keys_target();
  void fetch(const std::shared_ptr<const Target>& target, const DocumentMemory& memory,
             bool another_follows, void (AuthorityProbe::*take)(model::Fetch&&));
  void look_again(model::Fetch&& fetch, std::shared_ptr<const Target> target,
                  const DocumentMemory& memory, void (AuthorityProbe::*take)(model::Fetch&&));
  void look_beside(const model::Fetch& fetch, std::shared_ptr<const Target> target,
                   const DocumentMemory& memory);
  [[nodiscard]] std::unique_ptr<SecondLook> second_look(const DocumentMemory& memory);
  void learn_from_clients(const model::Fetch& fetch);
  void fetch_discovery();
  void take_discovery(model::Fetch&& fetch);
  void fetch_keys();
  void take_keys(model::Fetch&& fetch);
  void finish();

  net::HttpTransport& transport_;
  const base::Clock& clock_;
  std::shared_ptr<const model::AuthoritySpec> spec_;
  model::Limits limits_;
  ProbeMemory memory_;
  std::shared_ptr<const Target> discovery_, keys_;  // null: none (yet)
  bool private_network_ = false;                    // the document came from one
  bool keys_follow_ = false;                        // from the same origin as discovery
  std::vector<model::ClientRequest> clients_;
  bool patient_ = false;
  std::unique_ptr<Look> look_;
  std::unique_ptr<SecondLook> beside_;  // the probes
};

}  // namespace idpwatch::probe
