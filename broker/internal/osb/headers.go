// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package osb

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Headers of the protocol.
const (
	VersionHeader         = "X-Broker-API-Version"
	IdentityHeader        = "X-Broker-API-Originating-Identity"
	RequestIdentityHeader = "X-Broker-API-Request-Identity"
)

// Version is the version of the protocol that is spoken here; every other 2.x is answered as well.
const Version = "2.17"

// maxHeader is how much of a header is looked at.
const maxHeader = 16 << 10

// SupportsVersion reports whether a platform that sends this version can be served: any of the second major version, for
// later ones only add to earlier ones.
func SupportsVersion(header string) bool {
	major, minor, found := strings.Cut(header, ".")
	return found && isNumber(major) && isNumber(minor) && strings.TrimLeft(major, "0") == "2"
}

func isNumber(s string) bool {
	_, err := strconv.ParseUint(s, 10, 32)
	return err == nil && s[0] != '+'
}

// ParseIdentity reads an originating identity: the name of a platform and, in base64, a JSON object. Nil without one.
func ParseIdentity(header string) (*Identity, error) {
	header = strings.TrimSpace(header)
	if header == "" {
		return nil, nil
	}
	if len(header) > maxHeader {
		return nil, malformed("%s is longer than %d bytes", IdentityHeader, maxHeader)
	}
	platform, encoded, found := strings.Cut(header, " ")
	if !found || !utf8.ValidString(platform) || strings.ContainsFunc(platform, unicode.IsControl) {
		return nil, malformed("%s must be a platform, a space and a value", IdentityHeader)
	}
	value, err := base64.StdEncoding.DecodeString(strings.TrimSpace(encoded))
	if err != nil {
		return nil, malformed("%s is not valid base64", IdentityHeader)
	}
	if _, err := decode(value); err != nil {
		return nil, malformed("%s is not a JSON object", IdentityHeader)
	}
	var compact bytes.Buffer
	if err := json.Compact(&compact, value); err != nil {
		return nil, malformed("%s is not a JSON object", IdentityHeader)
	}
	return &Identity{Platform: platform, Value: compact.Bytes()}, nil
}

// RequestIdentity is what may be sent back and logged of a request identity.
func RequestIdentity(header string) string {
	clean := strings.Map(func(r rune) rune {
		if r == utf8.RuneError || !unicode.IsPrint(r) {
			return -1
		}
		return r
	}, header)
	for len(clean) > 256 {
		_, size := utf8.DecodeLastRuneInString(clean)
		clean = clean[:len(clean)-size]
	}
	return strings.TrimSpace(clean)
}
