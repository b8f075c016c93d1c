# After CPack has staged the files, before it packs them: what Debian's policy asks for and the other
# ways of installing do not. Reproducible: no names, no times in what is compressed.
set(doc ${CPACK_TEMPORARY_DIRECTORY}/usr/share/doc/idpwatch)
set(deb ${CMAKE_CURRENT_LIST_DIR})
file(COPY ${deb}/copyright DESTINATION ${doc})
file(COPY_FILE ${deb}/changelog ${doc}/changelog.Debian)
file(RENAME ${doc}/CHANGELOG.md ${doc}/changelog)
file(COPY ${deb}/lintian-overrides DESTINATION ${doc})
file(MAKE_DIRECTORY ${CPACK_TEMPORARY_DIRECTORY}/usr/share/lintian/overrides)
file(RENAME ${doc}/lintian-overrides ${CPACK_TEMPORARY_DIRECTORY}/usr/share/lintian/overrides/idpwatch)
file(GLOB pages ${CPACK_TEMPORARY_DIRECTORY}/usr/share/man/man*/*)
foreach(file ${doc}/changelog ${doc}/changelog.Debian ${pages})
  execute_process(COMMAND gzip -9nf ${file} COMMAND_ERROR_IS_FATAL ANY)
endforeach()
