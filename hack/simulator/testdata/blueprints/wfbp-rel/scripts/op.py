# simulate: {duration: {get_parameter: delay}, create: {runtime_properties: {made: {concat: [{get_property: [SELF, flavor]}, /, {get_property: [SELF, size]}]}}}}
import time
from cloudify import ctx
from cloudify.state import ctx_parameters as inputs
op = inputs['opname']
ctx.logger.info('op %s on %s', op, ctx.instance.id)
if inputs.get('delay'):
    time.sleep(int(inputs['delay']))
if op == 'create':
    ctx.instance.runtime_properties['made'] = '%s/%s' % (ctx.node.properties['flavor'], ctx.node.properties['size'])
