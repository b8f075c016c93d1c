// The text of a response body as HttpContent.ReadAsStringAsync makes it (dotnet/runtime,
// System.Net.Http/HttpContent.cs).
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace idpwatch::validators {

// The charset parameter of a Content-Type, in lower case and without quotes; "" where there is
// none.
std::string charset_of(std::string_view content_type);

// By the charset of the content type, else by a byte order mark, else as UTF-8; a mark of that
// encoding is left out, what cannot be decoded becomes U+FFFD. nullopt where it throws: a charset
// that .NET has no encoding for, "utf8" and "windows-1252" among them.
std::optional<std::string> response_text(std::string_view octets, std::string_view content_type);

}  // namespace idpwatch::validators
