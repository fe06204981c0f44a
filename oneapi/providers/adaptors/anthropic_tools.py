"""Tools and the choice among them in Claude's form.

Models without structured outputs answer in a given shape by calling a tool of that shape: the
answer tool.  ``anthropic_answer`` turns its input back into text.
Source: https://platform.claude.com/docs/en/agents-and-tools/tool-use and
.../build-with-claude/structured-outputs, read 2025-11.
"""

from collections.abc import Iterable
from typing import Any, Final

from oneapi.providers.adaptors.anthropic_models import ClaudeModel
from oneapi.providers.adaptors.chat_request import ChatRequest
from oneapi.providers.adaptors.chat_tools import Choose, Tool, ToolChoice

ANSWER_TOOL: Final = "json_answer"
"""Name of the answer tool where the client's schema has none."""

_CHOICES: Final = {
    Choose.AUTO: "auto",
    Choose.NONE: "none",
    Choose.REQUIRED: "any",
    Choose.NAMED: "tool",
}

_FREE: Final = frozenset({Choose.AUTO, Choose.NONE})

_Json = dict[str, Any]


def answer_tool(request: ChatRequest, model: ClaudeModel) -> Tool | None:
    """Return the tool that stands for the answer's shape; ``None`` where none is needed."""
    wanted = request.answer_format
    if wanted is None or wanted.schema is None or model.has_structured_outputs:
        return None
    name = wanted.name or ANSWER_TOOL
    while any(tool.name == name for tool in request.tools):
        name += "_answer"
    return Tool(name=name, description=wanted.description or None, parameters=wanted.schema)


def write_tools(request: ChatRequest, model: ClaudeModel, *, thinks: bool) -> _Json:
    """Return ``tools`` and ``tool_choice``; nothing where there are no tools.

    A model that thinks cannot be forced to call anything.
    """
    answer = answer_tool(request, model)
    tools = [*request.tools, answer] if answer else request.tools
    if not tools:
        return {}
    written: _Json = {"tools": [_tool(tool, model) for tool in tools]}
    choice = _choice(request, answer)
    if thinks and choice is not None and choice.choose not in _FREE:
        choice = ToolChoice(Choose.AUTO)
    if choice is None and not request.parallel_tool_calls:
        choice = ToolChoice(Choose.AUTO)
    if choice is not None:
        written["tool_choice"] = _written(choice, parallel=request.parallel_tool_calls)
    return written


def lost_of_tools(request: ChatRequest, model: ClaudeModel, *, thinks: bool) -> Iterable[str]:
    """Name what the client asked for and this model cannot do."""
    choice = request.tool_choice
    if request.lost_tools:
        yield "tools"
    if choice is not None and (not request.tools or (thinks and choice.choose not in _FREE)):
        yield "tool_choice"
    if not request.tools and not request.parallel_tool_calls:
        yield "parallel_tool_calls"
    if not model.has_structured_outputs and any(tool.strict for tool in request.tools):
        yield "tools.function.strict"


def _tool(tool: Tool, model: ClaudeModel) -> _Json:
    written: _Json = {"name": tool.name}
    if tool.description is not None:
        written["description"] = tool.description
    written["input_schema"] = {"type": "object", "properties": {}, **(tool.parameters or {})}
    if tool.strict and model.has_structured_outputs:
        written["strict"] = True
    if tool.cache_control:
        written["cache_control"] = tool.cache_control
    return written


def _choice(request: ChatRequest, answer: Tool | None) -> ToolChoice | None:
    """Return the client's choice; with an answer tool, one that leads to it.

    Beside the client's own tools the model must call one: theirs, or the answer.
    """
    choice = request.tool_choice
    if answer is None or (choice is not None and choice.choose is Choose.NAMED):
        return choice
    if request.tools and (choice is None or choice.choose is not Choose.NONE):
        return ToolChoice(Choose.REQUIRED)
    return ToolChoice(Choose.NAMED, answer.name)


def _written(choice: ToolChoice, *, parallel: bool) -> _Json:
    written: _Json = {"type": _CHOICES[choice.choose]}
    if choice.choose is Choose.NAMED:
        written["name"] = choice.name
    if not parallel and choice.choose is not Choose.NONE:
        written["disable_parallel_tool_use"] = True
    return written
