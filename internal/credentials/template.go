// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package credentials

import (
	"errors"
	"fmt"
	"strings"
	"text/template"
	"text/template/parse"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
)

// maxValue is how large the value that a template makes may be, in bytes.
const maxValue = 64 << 10

// fill makes the value of a key from its template.
func fill(key v1alpha1.BindingKey, fields map[string]any) (string, error) {
	t, err := parsed(key)
	if err != nil {
		return "", err
	}
	texts := map[string]string{}
	for name, value := range fields {
		if text, ok := Text(value); ok {
			texts[name] = text
		}
	}
	var out bounded
	switch err := t.Execute(&out, texts); {
	case errors.Is(err, errTooLong):
		return "", fmt.Errorf("key %s: the template produces more than %d bytes", key.Name, maxValue)
	case err != nil:
		// The error names the field that is missing, and never a value.
		return "", fmt.Errorf("key %s: %s", key.Name, missingField(t.Root, texts))
	}
	return out.String(), nil
}

// parsed returns the template of a key; it is an error if it uses more than fields and urlquery.
func parsed(key v1alpha1.BindingKey) (*template.Template, error) {
	t, err := template.New(key.Name).Option("missingkey=error").Parse(key.Template)
	if err != nil {
		return nil, fmt.Errorf("key %s: %s", key.Name, strings.TrimPrefix(err.Error(), "template: "))
	}
	if t.Tree == nil || len(t.Templates()) > 1 {
		return nil, fmt.Errorf("key %s: the template must not define other templates", key.Name)
	}
	for _, node := range t.Root.Nodes {
		if !allowed(node) {
			return nil, fmt.Errorf("key %s: %s is not allowed: a template may use fields, such as {{ .host }}, and the function urlquery", key.Name, node)
		}
	}
	return t, nil
}

// allowed reports whether a node is text, or a field that may be piped into urlquery.
func allowed(node parse.Node) bool {
	action, ok := node.(*parse.ActionNode)
	if !ok {
		return node.Type() == parse.NodeText || node.Type() == parse.NodeComment
	}
	if len(action.Pipe.Decl) > 0 {
		return false
	}
	for i, command := range action.Pipe.Cmds {
		first := command.Args[0]
		switch {
		case i == 0 && len(command.Args) == 1 && isField(first):
		case i == 0 && len(command.Args) == 2 && isURLQuery(first) && isField(command.Args[1]):
		case i > 0 && len(command.Args) == 1 && isURLQuery(first):
		default:
			return false
		}
	}
	return true
}

func isField(node parse.Node) bool {
	field, ok := node.(*parse.FieldNode)
	return ok && len(field.Ident) == 1
}

func isURLQuery(node parse.Node) bool {
	identifier, ok := node.(*parse.IdentifierNode)
	return ok && identifier.Ident == "urlquery"
}

// missingField says which field of a template has no value.
func missingField(root *parse.ListNode, fields map[string]string) string {
	for _, node := range root.Nodes {
		action, ok := node.(*parse.ActionNode)
		if !ok {
			continue
		}
		for _, argument := range action.Pipe.Cmds[0].Args {
			if field, ok := argument.(*parse.FieldNode); ok {
				if _, there := fields[field.Ident[0]]; !there {
					return "the deployment has no " + field.Ident[0] + ", which the template needs"
				}
			}
		}
	}
	return "the template cannot be rendered"
}

var errTooLong = errors.New("too long")

// bounded collects text up to maxValue.
type bounded struct{ strings.Builder }

func (b *bounded) Write(p []byte) (int, error) {
	if b.Len()+len(p) > maxValue {
		return 0, errTooLong
	}
	return b.Builder.Write(p)
}
