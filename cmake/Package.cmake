# The Debian package: packaging/make-deb builds it. What CPack does not know of Debian's rules is in
# packaging/deb: the maintainer scripts, the list of conffiles, and what becomes of the staged tree.
set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME idpwatch)
set(CPACK_PACKAGE_VENDOR "idpwatch")
set(CPACK_PACKAGE_CONTACT "idpwatch maintainers <idpwatch@idpwatch.example>")
set(CPACK_PACKAGING_INSTALL_PREFIX ${CMAKE_INSTALL_PREFIX})
set(CPACK_SET_DESTDIR ON)  # /etc lies outside the prefix
set(CPACK_INSTALL_PREFIX ${CMAKE_INSTALL_PREFIX})
set(CPACK_STRIP_FILES ON)
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE
    WORLD_READ WORLD_EXECUTE)
set(CPACK_PRE_BUILD_SCRIPTS ${PROJECT_SOURCE_DIR}/packaging/deb/stage.cmake)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_RELEASE 1)
set(CPACK_DEBIAN_PACKAGE_SECTION net)
set(CPACK_DEBIAN_PACKAGE_PRIORITY optional)
set(CPACK_DEBIAN_PACKAGE_HOMEPAGE "https://idpwatch.example/")
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_DEPENDS "ca-certificates")
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS "systemd")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "watches identity providers and forecasts the 401s of services")
set(CPACK_DEBIAN_PACKAGE_DESCRIPTION
"idpwatch looks at the OpenID Connect providers that your services trust,
reads what is really deployed, and tells before it happens that a service
will refuse valid tokens: which one, from when, for how long, and the
error it will log.

It keeps a tamper-evident audit trail of every signing key that a provider
ever published. Alerts go out as signed webhooks.")
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA
    ${PROJECT_SOURCE_DIR}/packaging/deb/conffiles ${PROJECT_SOURCE_DIR}/packaging/deb/postinst
    ${PROJECT_SOURCE_DIR}/packaging/deb/prerm ${PROJECT_SOURCE_DIR}/packaging/deb/postrm)
include(CPack)
