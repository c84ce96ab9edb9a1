// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package blueprint

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// escape is a byte as URLs write it, or a character as some servers read it too.
var escape = regexp.MustCompile(`%(?:[0-9A-Fa-f]{2}|[uU][0-9A-Fa-f]{4})`)

// overlong are encodings of ASCII that UTF-8 forbids and that lenient decoders take all the same.
var overlong = strings.NewReplacer("\xc0\xae", ".", "\xc1\x9c", `\`)

// checkURL says why an archive URL may lead elsewhere than its prefix says, or "". Proxies and servers between the Manager and
// the archive may each decode it once more, so no number of decodings may turn a part of it into a step up. Other escapes are
// legitimate, such as a slash in the name of a project.
func checkURL(url string) string {
	decoded := url
	for {
		if strings.Contains(decoded, "..") || strings.Contains(decoded, `\`) {
			return fmt.Sprintf("spec.source.archive.url, decoded, is %q: it must not contain backslashes or two dots in a row", decoded)
		}
		next := overlong.Replace(escape.ReplaceAllStringFunc(decoded, unescape))
		if next == decoded {
			return ""
		}
		decoded = next // and shorter than before, so this ends
	}
}

// unescape is what an escape stands for.
func unescape(text string) string {
	digits := text[1:]
	character := strings.ContainsAny(digits[:1], "uU")
	if character {
		digits = digits[1:]
	}
	value, err := strconv.ParseUint(digits, 16, 16)
	if err != nil { // a bug: the pattern has hexadecimal digits only
		panic(err)
	}
	if character {
		return string(rune(value))
	}
	return string([]byte{byte(value)})
}
