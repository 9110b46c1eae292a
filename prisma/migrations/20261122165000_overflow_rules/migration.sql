-- Overflow is a list of rules. What a queue had said is said in the new words: voicemail after a while was voicemail outside the hours too.
update queue set overflow = (overflow - 'voicemailAfterMs' - 'toQueueId' - 'afterWaitMs' - 'afterLength') || jsonb_build_object('rules',
  case when overflow->>'toQueueId' is not null and overflow->>'afterLength' is not null
    then jsonb_build_array(jsonb_build_object('when', jsonb_build_object('is', 'length', 'atLeast', overflow->'afterLength'), 'then', jsonb_build_object('do', 'queue', 'queueId', overflow->'toQueueId'))) else '[]' end
  || case when overflow->>'toQueueId' is not null and overflow->>'afterWaitMs' is not null
    then jsonb_build_array(jsonb_build_object('when', jsonb_build_object('is', 'wait', 'ms', overflow->'afterWaitMs'), 'then', jsonb_build_object('do', 'queue', 'queueId', overflow->'toQueueId'))) else '[]' end
  || case when overflow->>'voicemailAfterMs' is not null
    then jsonb_build_array(
      jsonb_build_object('when', jsonb_build_object('is', 'wait', 'ms', overflow->'voicemailAfterMs'), 'then', jsonb_build_object('do', 'voicemail')),
      jsonb_build_object('when', jsonb_build_object('is', 'closed'), 'then', jsonb_build_object('do', 'voicemail'))) else '[]' end)
where overflow ?| array['voicemailAfterMs', 'toQueueId', 'afterWaitMs', 'afterLength'];
