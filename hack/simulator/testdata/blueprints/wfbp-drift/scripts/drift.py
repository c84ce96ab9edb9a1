# simulate: {returns: {size: {get_parameter: found}}}
from cloudify import ctx, manager
from cloudify.state import ctx_parameters as inputs
if inputs.get('found'):
    ctx.returns({'size': inputs['found']})
