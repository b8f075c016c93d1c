#include "daemon/state_folder.hpp"

#include <sys/stat.h>
#include <unistd.h>

namespace idpwatch::daemon {

std::string open_to_others(const std::filesystem::path& folder) {
  struct stat facts{};
  if (::stat(folder.c_str(), &facts) != 0) return {};
  if (facts.st_uid != ::geteuid() && facts.st_uid != 0) {
    return "it belongs to user " + std::to_string(facts.st_uid);
  }
  if ((facts.st_mode & S_IWOTH) != 0) return "every user can write to it";
  if ((facts.st_mode & S_IWGRP) != 0) {
    return "group " + std::to_string(facts.st_gid) + " can write to it";
  }
  return {};
}

}  // namespace idpwatch::daemon
