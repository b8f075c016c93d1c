// The manual pages: idpwatch(1) from the commands as the parser knows them, idpwatch.yaml(5) from
// the reference of our configuration. Pure.
#pragma once

#include "cli/command_description.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace idpwatch::cli {

[[nodiscard]] std::string manual_page(const std::vector<CommandDescription>& commands);
[[nodiscard]] std::string configuration_manual();

// The part of Markdown that our reference uses (headings, lists, tables, `code`) as man(7) macros,
// without the first heading.
[[nodiscard]] std::string man_of_markdown(std::string_view markdown);
// Text that roff takes as it is.
[[nodiscard]] std::string roff_escaped(std::string_view text);

}  // namespace idpwatch::cli
