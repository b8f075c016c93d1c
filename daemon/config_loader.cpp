#include "daemon/config_loader.hpp"

#include "net/trust_store.hpp"

#include <utility>

namespace idpwatch::daemon {

namespace {

constexpr base::Duration kOverdueAfter = base::seconds(10);

base::Error overdue() {
  return base::make_error(
      base::ErrorKind::kUnreadable,
      "the configuration has not been read after " + base::describe_duration(kOverdueAfter),
      "check the disk or mount that its files are on; it takes effect when they can be read");
}

// All that may be wrong with it, as at the start.
ConfigLoader::Loaded load_and_check(const ConfigLoader::Load& load,
                                    const base::Environment& environment) {
  auto loaded = load();
  if (!loaded) return base::fail(to_error(loaded.error()));
  if (auto trust = net::check_trust_store(loaded->defaults.ca_file, environment); !trust) {
    return base::fail(trust.error());
  }
  return std::make_shared<const config::Config>(std::move(*loaded));
}

}  // namespace

ConfigLoader::ConfigLoader(watch::Background& background, net::Scheduler& scheduler, Load load,
                           base::Environment environment, std::function<void()> begun,
                           std::function<void(const Loaded&)> take)
    : background_(background),
      scheduler_(scheduler),
      load_(std::move(load)),
      environment_(std::move(environment)),
      begun_(std::move(begun)),
      take_(std::move(take)),
      requests_(scheduler, [this] { begin(); }),
      self_(std::make_shared<ConfigLoader*>(this)) {}

ConfigLoader::~ConfigLoader() { scheduler_.cancel(overdue_timer_); }

void ConfigLoader::begin() {
  begun_();
  overdue_timer_ = scheduler_.at(scheduler_.now().boottime + kOverdueAfter,
                                 [this](const net::Now&) { take_(base::fail(overdue())); });
  background_.submit([load = load_, environment = environment_,
                      loader = std::weak_ptr(self_)]() -> watch::Background::Done {
    const auto loaded = std::make_shared<const Loaded>(load_and_check(load, environment));
    return [loaded, loader] {
      const auto self = loader.lock();
      if (!self) return;
      (*self)->scheduler_.cancel((*self)->overdue_timer_);
      (*self)->requests_.done();
      (*self)->take_(*loaded);
    };
  });
}

}  // namespace idpwatch::daemon
