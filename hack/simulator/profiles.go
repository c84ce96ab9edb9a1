// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package simulator

// profile is what one release does differently from another. The simulator was recorded against
// 7.1; an older release is one more entry here and the fields that tell it apart.
type profile struct {
	Version   string // what GET version says
	ListLimit int    // rows in a page that asks for no size
}

// Knows tells whether there is a profile of a release.
func Knows(release string) bool {
	_, known := profiles[release]
	return known
}

var profiles = map[string]profile{
	"7.1": {Version: "7.1.0", ListLimit: 1000},
}
