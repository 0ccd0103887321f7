"""Chat templates in the manner of the families: what they demand, add, forbid and drop."""

from __future__ import annotations

CHATML = """\
{% for message in messages %}\
{% if loop.first and message['role'] != 'system' %}\
{{ '<|im_start|>system\\nYou are a helpful assistant.<|im_end|>\\n' }}\
{% endif %}\
{{ '<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>' + '\\n' }}\
{% endfor %}\
{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}"""
"""Plain text only, with a system prompt of its own (SmolLM2, Qwen2, MiniCPM)."""

CHATML_TYPED = """\
{% for message in messages %}\
{% if loop.first and message['role'] != 'system' %}<|im_start|>system
You are a helpful assistant.<|im_end|>
{% endif %}<|im_start|>{{ message['role'] }}
{% if message['content'] is string %}{{ message['content'] }}<|im_end|>
{% else %}{% for content in message['content'] %}\
{% if content['type'] == 'image' or 'image' in content or 'image_url' in content %}\
<|vision_start|><|image_pad|><|vision_end|>\
{% elif content['type'] == 'audio' or 'audio' in content %}<|audio_bos|><|AUDIO|><|audio_eos|>\
{% elif 'text' in content %}{{ content['text'] }}{% endif %}{% endfor %}<|im_end|>
{% endif %}{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant
{% endif %}"""
"""Takes text as well as typed parts (Qwen2.5-VL, Qwen2.5-Omni)."""

CHATML_BOS = """\
{{- bos_token -}}\
{%- for message in messages -%}\
{%- set content = message['content'] -%}\
{%- if content is not string -%}\
{%- set ns = namespace(text='') -%}\
{%- for part in content -%}\
{%- if part['type'] == 'image' -%}{%- set ns.text = ns.text + '<image>' -%}\
{%- elif part['type'] == 'text' -%}{%- set ns.text = ns.text + part['text'] -%}{%- endif -%}\
{%- endfor -%}\
{%- set content = ns.text -%}\
{%- endif -%}\
{{- '<|im_start|>' + message['role'] + '\\n' + content + '<|im_end|>\\n' -}}\
{%- endfor -%}\
{%- if add_generation_prompt -%}{{- '<|im_start|>assistant\\n' -}}{%- endif -%}"""
"""Writes a BOS that the vocabulary adds too (LFM2)."""

GEMMA = """\
{{ bos_token }}\
{%- if messages[0]['role'] == 'system' -%}\
{%- if messages[0]['content'] is string -%}\
{%- set first_user_prefix = messages[0]['content'] + '\\n\\n' -%}\
{%- else -%}\
{%- set first_user_prefix = messages[0]['content'][0]['text'] + '\\n\\n' -%}\
{%- endif -%}\
{%- set loop_messages = messages[1:] -%}\
{%- else -%}\
{%- set first_user_prefix = '' -%}\
{%- set loop_messages = messages -%}\
{%- endif -%}\
{%- for message in loop_messages -%}\
{%- if (message['role'] == 'user') != (loop.index0 % 2 == 0) -%}\
{{ raise_exception('Conversation roles must alternate user/assistant/user/assistant/...') }}\
{%- endif -%}\
{%- set role = 'model' if message['role'] == 'assistant' else message['role'] -%}\
{{ '<start_of_turn>' + role + '\\n' + (first_user_prefix if loop.first else '') }}\
{%- if message['content'] is string -%}\
{{ message['content'] | trim }}\
{%- else -%}\
{%- for item in message['content'] -%}\
{%- if item['type'] == 'image' -%}{{ '<start_of_image>' }}\
{%- elif item['type'] == 'text' -%}{{ item['text'] | trim }}{%- endif -%}\
{%- endfor -%}\
{%- endif -%}\
{{ '<end_of_turn>\\n' }}\
{%- endfor -%}\
{%- if add_generation_prompt -%}{{ '<start_of_turn>model\\n' }}{%- endif -%}"""
"""Its own BOS, a role called ``model``, no system role, strict alternation, trimmed text."""

IDEFICS = """\
<|im_start|>{% for message in messages %}{{ message['role'] | capitalize }}\
{% if message['content'][0]['type'] == 'image' %}{{ ':' }}{% else %}{{ ': ' }}{% endif %}\
{% for line in message['content'] %}\
{% if line['type'] == 'text' %}{{ line['text'] }}\
{% elif line['type'] == 'image' %}{{ '<image>' }}{% endif %}\
{% endfor %}<end_of_utterance>
{% endfor %}{% if add_generation_prompt %}{{ 'Assistant:' }}{% endif %}"""
"""Typed parts only: given plain text it writes nothing of it (SmolVLM)."""

LLAMA3 = """\
{{- bos_token }}\
{%- for message in messages %}\
{{- '<|start_header_id|>' + message['role'] + '<|end_header_id|>\\n\\n' }}\
{{- message['content'] | trim + '<|eot_id|>' }}\
{%- endfor %}\
{%- if add_generation_prompt %}\
{{- '<|start_header_id|>assistant<|end_header_id|>\\n\\n' }}\
{%- endif %}"""
"""Headers of three tokens (Llama 3, and Ultravox on top of it)."""

THINKER = """\
{%- if tools %}\
{{- '<|im_start|>system\\n' }}\
{%- if messages[0].role == 'system' %}{{- messages[0].content + '\\n\\n' }}{%- endif %}\
{{- '# Tools\\n\\nFunction signatures are within <tools></tools> XML tags:\\n<tools>' }}\
{%- for tool in tools %}{{- '\\n' }}{{- tool | tojson }}{%- endfor %}\
{{- '\\n</tools>\\n\\nFor each function call, return a json object within\
 <tool_call></tool_call> XML tags.<|im_end|>\\n' }}\
{%- elif messages[0].role == 'system' %}\
{{- '<|im_start|>system\\n' + messages[0].content + '<|im_end|>\\n' }}\
{%- endif %}\
{%- set ns = namespace(last_query=-1) %}\
{%- for message in messages %}\
{%- if message.role == 'user' %}{%- set ns.last_query = loop.index0 %}{%- endif %}\
{%- endfor %}\
{%- for message in messages %}\
{%- if message.role == 'user' or (message.role == 'system' and not loop.first) %}\
{{- '<|im_start|>' + message.role + '\\n' + message.content + '<|im_end|>\\n' }}\
{%- elif message.role == 'assistant' %}\
{%- set content = message.content or '' %}\
{%- set reasoning = message.reasoning_content or '' %}\
{%- if not reasoning and '</think>' in content %}\
{%- set reasoning = content.split('</think>')[0].split('<think>')[-1].strip('\\n') %}\
{%- set content = content.split('</think>')[-1].lstrip('\\n') %}\
{%- endif %}\
{%- if loop.index0 > ns.last_query and reasoning %}\
{{- '<|im_start|>assistant\\n<think>\\n' + reasoning + '\\n</think>\\n\\n' + content }}\
{%- else %}\
{{- '<|im_start|>assistant\\n' + content }}\
{%- endif %}\
{%- for call in message.tool_calls or [] %}\
{%- set call = call.function or call %}\
{{- '\\n<tool_call>\\n{"name": "' + call.name + '", "arguments": ' }}\
{{- call.arguments if call.arguments is string else call.arguments | tojson }}\
{{- '}\\n</tool_call>' }}\
{%- endfor %}\
{{- '<|im_end|>\\n' }}\
{%- elif message.role == 'tool' %}\
{{- '<|im_start|>user\\n<tool_response>\\n' + message.content }}\
{{- '\\n</tool_response><|im_end|>\\n' }}\
{%- endif %}\
{%- endfor %}\
{%- if add_generation_prompt %}\
{{- '<|im_start|>assistant\\n' }}\
{%- if enable_thinking is defined and enable_thinking is false %}\
{{- '<think>\\n\\n</think>\\n\\n' }}\
{%- else %}\
{{- '<think>\\n' }}\
{%- endif %}\
{%- endif %}"""
"""Opens a thought itself, drops past thoughts from history, knows tools (Qwen3)."""

VICUNA = """\
{%- for message in messages -%}\
{%- if message['role'] == 'system' -%}{{ message['content'] + ' ' }}\
{%- elif message['role'] == 'user' -%}{{ 'USER: ' + message['content'] + '\\n' }}\
{%- else -%}{{ 'ASSISTANT: ' + message['content'] + eos_token }}{%- endif -%}\
{%- endfor -%}\
{%- if add_generation_prompt -%}{{ 'ASSISTANT:' }}{%- endif -%}"""
"""Roles in plain words (LLaVA 1.5)."""

JANUS = VICUNA.replace("USER:", "<|User|>:").replace("ASSISTANT:", "<|Assistant|>:")
"""Roles that look like control tokens and are none (Janus-Pro)."""

MISTRAL = """\
{{- bos_token -}}\
{%- for message in messages -%}\
{%- if message['role'] == 'assistant' -%}{{ message['content'] + eos_token }}\
{%- else -%}{{ '[INST]' }}\
{%- if message['content'] is string -%}{{ message['content'] }}\
{%- else -%}{%- for part in message['content'] -%}\
{%- if part['type'] == 'image' -%}{{ '[IMG]' }}\
{%- elif part['type'] == 'text' -%}{{ part['text'] }}{%- endif -%}\
{%- endfor -%}{%- endif -%}{{ '[/INST]' }}\
{%- endif -%}\
{%- endfor -%}"""
"""Nothing between question and answer (Pixtral, Mistral Small)."""

GLM4 = """\
[gMASK]<sop>\
{%- for message in messages -%}\
{{ '<|' + message['role'] + '|>\\n' }}\
{%- if message['content'] is string -%}{{ message['content'] }}\
{%- else -%}{%- for part in message['content'] -%}\
{%- if part['type'] == 'image' -%}{{ '<|begin_of_image|><|image|><|end_of_image|>' }}\
{%- elif part['type'] == 'text' -%}{{ part['text'] }}{%- endif -%}\
{%- endfor -%}{%- endif -%}\
{%- endfor -%}\
{%- if add_generation_prompt -%}{{ '<|assistant|>\\n' }}{%- endif -%}"""
"""Turns begin with their role and have no end (GLM-4V)."""

GLM_EDGE = """\
{%- for message in messages -%}\
{{ '<|' + message['role'] + '|>\\n' + message['content'] + '\\n' }}\
{%- endfor -%}\
{%- if add_generation_prompt -%}{{ '<|assistant|>\\n' }}{%- endif -%}"""
"""The same for plain text only (GLM-Edge)."""

ERNIE = """\
{{- bos_token -}}\
{%- for message in messages -%}\
{%- if message['role'] == 'assistant' -%}{{ 'Assistant: ' + message['content'] + eos_token }}\
{%- else -%}{{ 'User: ' }}\
{%- if message['content'] is string -%}{{ message['content'] }}\
{%- else -%}{%- for part in message['content'] -%}\
{%- if part['type'] == 'image' -%}{{ '<|IMAGE_START|><|IMAGE_PLACEHOLDER|><|IMAGE_END|>' }}\
{%- elif part['type'] == 'text' -%}{{ part['text'] }}{%- endif -%}\
{%- endfor -%}{%- endif -%}{{ '\\n' }}\
{%- endif -%}\
{%- endfor -%}\
{%- if add_generation_prompt -%}{{ 'Assistant: ' }}{%- endif -%}"""
"""Pictures between tags of the template's own (PaddleOCR-VL)."""

PHI4 = """\
{%- for message in messages -%}\
{{ '<|im_start|>' + message['role'] + '<|im_sep|>' + message['content'] + '<|im_end|>' }}\
{%- endfor -%}\
{%- if add_generation_prompt -%}{{ '<|im_start|>assistant<|im_sep|>' }}{%- endif -%}"""
"""ChatML with a token of its own behind the role (Phi-4)."""

GRANITE = """\
{%- for message in messages -%}\
{{ '<|' + message['role'] + '|>\\n' + message['content'] }}\
{%- if message['role'] == 'assistant' -%}{{ eos_token }}{%- endif -%}{{ '\\n' }}\
{%- endfor -%}\
{%- if add_generation_prompt -%}{{ '<|assistant|>\\n' }}{%- endif -%}"""
"""Only answers have an end (Granite Vision)."""

KIMI = """\
{%- for message in messages -%}\
{{ '<|im_' + message['role'] + '|>' + message['role'] + '<|im_middle|>' }}\
{%- if message['content'] is string -%}{{ message['content'] }}\
{%- else -%}{%- for part in message['content'] -%}\
{%- if part['type'] == 'image' -%}{{ '<|media_start|>image<|media_pad|><|media_end|>' }}\
{%- elif part['type'] == 'text' -%}{{ part['text'] }}{%- endif -%}\
{%- endfor -%}{%- endif -%}{{ '<|im_end|>' }}\
{%- endfor -%}\
{%- if add_generation_prompt -%}{{ '<|im_assistant|>assistant<|im_middle|>' }}{%- endif -%}"""
"""A token of its own for each role (Kimi-VL)."""
