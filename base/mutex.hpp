// A mutex whose use clang proves while it compiles (-Wthread-safety, in the clang presets): each
// guarded member names its mutex, and touching it without that mutex is an error. For g++ it is a
// std::mutex and nothing more. Wait with std::condition_variable_any on the Mutex itself.
#pragma once

#include <mutex>

#if defined(__clang__)
#define IDPWATCH_THREAD(attribute) __attribute__((attribute))
#else
#define IDPWATCH_THREAD(attribute)
#endif

// Of a member: read and written only while `mutex` is held.
#define IDPWATCH_GUARDED_BY(mutex) IDPWATCH_THREAD(guarded_by(mutex))
// Of a function or lambda: called only while `mutex` is held, and holding it again at its end.
#define IDPWATCH_REQUIRES(mutex) IDPWATCH_THREAD(requires_capability(mutex))

namespace idpwatch::base {

class IDPWATCH_THREAD(capability("mutex")) Mutex {
 public:
  void lock() IDPWATCH_THREAD(acquire_capability()) { mutex_.lock(); }
  void unlock() IDPWATCH_THREAD(release_capability()) { mutex_.unlock(); }

 private:
  std::mutex mutex_;
};

// Holds it from construction to destruction, except between unlock() and lock().
class IDPWATCH_THREAD(scoped_lockable) MutexLock {
 public:
  explicit MutexLock(Mutex& mutex) IDPWATCH_THREAD(acquire_capability(mutex)) : lock_(mutex) {}
  ~MutexLock() IDPWATCH_THREAD(release_capability()) = default;
  MutexLock(const MutexLock&) = delete;
  MutexLock& operator=(const MutexLock&) = delete;

  void lock() IDPWATCH_THREAD(acquire_capability()) { lock_.lock(); }
  void unlock() IDPWATCH_THREAD(release_capability()) { lock_.unlock(); }

 private:
  std::unique_lock<Mutex> lock_;
};

}  // namespace idpwatch::base
