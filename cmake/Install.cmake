# What `cmake --install` puts where (GNUInstallDirs), for the package and for an install from source.
# With the prefix /usr the configuration is in /etc, as the package has it; systemd's folders lie in
# PREFIX/lib whatever the library folder of the distribution is called.
include(GNUInstallDirs)

set(config_dir ${CMAKE_INSTALL_FULL_SYSCONFDIR}/idpwatch)
set(examples ${CMAKE_INSTALL_DOCDIR}/examples)

# The unit names the binary and the configuration by their full paths.
file(READ ${PROJECT_SOURCE_DIR}/systemd/idpwatch.service unit)
string(REPLACE "/usr/bin/idpwatch" "${CMAKE_INSTALL_FULL_BINDIR}/idpwatch" unit "${unit}")
string(REPLACE "/etc/idpwatch/" "${config_dir}/" unit "${unit}")
file(CONFIGURE OUTPUT ${PROJECT_BINARY_DIR}/install/idpwatch.service CONTENT "${unit}" @ONLY)
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/systemd/idpwatch.service)

install(TARGETS idpwatch RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
install(FILES packaging/idpwatch.yaml DESTINATION ${config_dir})
install(DIRECTORY DESTINATION ${config_dir}/conf.d)
install(FILES ${PROJECT_BINARY_DIR}/install/idpwatch.service DESTINATION lib/systemd/system)
install(FILES systemd/idpwatch.sysusers.conf DESTINATION lib/sysusers.d RENAME idpwatch.conf)
install(FILES systemd/idpwatch.tmpfiles.conf DESTINATION lib/tmpfiles.d RENAME idpwatch.conf)
install(FILES README.md CHANGELOG.md DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(DIRECTORY docs/ DESTINATION ${CMAKE_INSTALL_DOCDIR} FILES_MATCHING PATTERN "*.md" PATTERN "*.json")
install(DIRECTORY systemd/drop-ins DESTINATION ${examples})
install(FILES etc/idpwatch.yaml etc/prometheus/idpwatch.rules.yml etc/grafana/idpwatch.json DESTINATION ${examples})

foreach(section 1 5)
  install(DIRECTORY ${PROJECT_BINARY_DIR}/install/ DESTINATION ${CMAKE_INSTALL_MANDIR}/man${section}
          FILES_MATCHING PATTERN "*.${section}")
endforeach()
set(written ${PROJECT_BINARY_DIR}/install)
install(FILES ${written}/idpwatch.bash DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions RENAME idpwatch)
install(FILES ${written}/_idpwatch DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/vendor-completions)
install(FILES ${written}/idpwatch.fish DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d)

# systemd 253 brought Type=notify-reload; older ones take the line for a mistake.
find_program(IDPWATCH_SYSTEMCTL systemctl)
if(IDPWATCH_SYSTEMCTL)
  execute_process(COMMAND ${IDPWATCH_SYSTEMCTL} --version OUTPUT_VARIABLE systemd_version ERROR_QUIET)
  string(REGEX MATCH "^systemd ([0-9]+)" matched "${systemd_version}")
  set(systemd_version "${CMAKE_MATCH_1}")
endif()
if(systemd_version AND systemd_version GREATER_EQUAL 253)
  set(waits_for_reload ON)
endif()
option(IDPWATCH_NOTIFY_RELOAD "Install the drop-in for systemd 253 and newer" ${waits_for_reload})
if(IDPWATCH_NOTIFY_RELOAD)
  install(FILES systemd/drop-ins/notify-reload.conf DESTINATION lib/systemd/system/idpwatch.service.d)
endif()
