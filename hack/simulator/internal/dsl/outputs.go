// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package dsl

func (p *parser) readOutputs() (err error) {
	if p.blueprint.Outputs, err = p.readValues("outputs"); err != nil {
		return err
	}
	p.blueprint.Capabilities, err = p.readValues("capabilities")
	return err
}

func (p *parser) readValues(section string) (map[string]Output, error) {
	result := map[string]Output{}
	err := p.each(section, func(path string, entry *field) error {
		if err := mapOf(at(path, entry), "description", "value"); err != nil {
			return err
		}
		if entry.value.field("value") == nil {
			return required(path, entry.value, "value")
		}
		if err := typed(path, entry.value, "description", "string"); err != nil {
			return err
		}
		if err := primitive(at(path+".value", entry.value.field("value"))); err != nil {
			return err
		}
		out := Output{Value: entry.value.at("value").value(), raw: entry.value.mapValue()}
		out.Description, _ = entry.value.at("description").text()
		result[entry.key] = out
		return nil
	})
	return result, err
}

func (p *parser) readLabels() (err error) {
	if p.blueprint.Labels, err = p.readLabelSection("labels", checkLabel); err != nil {
		return err
	}
	p.blueprint.BlueprintLabels, err = p.readLabelSection("blueprint_labels", checkBlueprintLabel)
	return err
}

func (p *parser) readLabelSection(section string, check func(key string, value any) error) (map[string][]any, error) {
	result := map[string][]any{}
	err := p.each(section, func(path string, entry *field) error {
		if err := mapOf(at(path, entry), "values"); err != nil {
			return err
		}
		if err := required(path, entry.value, "values"); err != nil {
			return err
		}
		if err := typed(path, entry.value, "values", "list"); err != nil {
			return err
		}
		values := []any{}
		for _, item := range entry.value.at("values").list {
			value := item.value()
			if err := check(entry.key, value); err != nil {
				return refuse(at(path, entry), "%s", err)
			}
			values = append(values, value)
		}
		result[entry.key] = values
		return nil
	})
	return result, err
}

func checkLabel(key string, value any) error {
	switch v := value.(type) {
	case string:
		return nil
	case map[string]any:
		if _, runtime := v["get_attribute"]; runtime {
			return complain("The label's value cannot be a runtime property. Please remove the `get_attribute` function "+
				"from the values of %s", key)
		}
		return nil
	default:
		return complain("The label's value must be a string or an intrinsic function. Please modify the values of %s", key)
	}
}

func checkBlueprintLabel(key string, value any) error {
	if _, ok := value.(string); !ok {
		return complain("The blueprint label's value must be a string. Please modify the values of %s", key)
	}
	return nil
}

// SecretKey is the key of the secret that an output is, "" if it is none. The Manager leaves an
// output out whose secret does not exist.
func (o Output) SecretKey() string {
	m, _ := o.Value.(map[string]any)
	return firstKey(m["get_secret"])
}
