// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package process

import (
	"flag"
	"fmt"
	"io"
	"strings"
)

const introduction = `Usage: manager [flags]
       manager check-removal [--orphan]    whether the operator can be removed

Runs cloudify-operator: controllers that reconcile the kinds of cloudify.co against Cloudify Managers, and an
endpoint of the Open Service Broker API over the same objects.
`

// helpWidth is how long a line of the help may be.
const helpWidth = 100

// writeHelp lists the flags by what they are about.
func writeHelp(to io.Writer, subjects []subject) {
	_, _ = fmt.Fprint(to, introduction)
	for _, s := range subjects {
		_, _ = fmt.Fprintf(to, "\n%s:\n", s.title)
		s.flags.VisitAll(func(one *flag.Flag) { _, _ = fmt.Fprint(to, helpOn(one)) })
	}
}

// helpOn says what a flag takes, what it is without one, and what it does.
func helpOn(one *flag.Flag) string {
	value, usage := flag.UnquoteUsage(one)
	head := "  --" + one.Name
	if value != "" {
		head += " " + value
	}
	if is := one.DefValue; is != "" && is != "false" && !strings.Contains(usage, "default: ") {
		head += " (default " + is + ")"
	}
	const indent = "        "
	text, line := head+"\n", indent
	for word := range strings.FieldsSeq(usage) {
		if len(line) > len(indent) && len(line)+1+len(word) > helpWidth {
			text, line = text+line+"\n", indent
		}
		if len(line) > len(indent) {
			line += " "
		}
		line += word
	}
	return text + line + "\n"
}
