-- id: certificate-expiry
-- version: 1
-- procedure: recheck
-- subject: person
-- sensitivity: health
-- title: 残疾人证即将到期
-- why: 此人正享受{programs}，最新的残疾人证（{grade}级）有效期至{due}，距到期不超过{ahead_days}天。请提醒并协助其在到期前换领，以免补贴中断。
-- legal-basis: 《国务院关于全面建立困难残疾人生活补贴和重度残疾人护理补贴制度的意见》（国发〔2015〕52号）；中国残疾人联合会《中华人民共和国残疾人证管理办法》
-- feeds: registry
-- due: column due
-- occasion: event
-- clears: 登记换领的残疾人证，或补贴终止

-- Both subsidies are one task. The certificate is a link: the same one told anew with another grade gives no new
-- task, and a renewed one is another occasion.
SELECT p.person                             AS subject,
       CAST(k.valid_until AS VARCHAR)       AS occasion,
       k.valid_until                        AS due,
       k.grade                              AS grade,
       words(b.program)                     AS programs,
       q.certificate_expiry_days            AS ahead_days,
       array_agg(k.fact)                    AS links_certificate,
       array_agg(b.fact_grant)              AS facts_grant
FROM certificate k
JOIN person p ON p.person = k.person
JOIN benefit b ON b.person = k.person
CROSS JOIN clock c
CROSS JOIN parameter q
WHERE p.living
  AND b.program IN ('disability-living', 'disability-nursing')
  AND k.valid
  AND days_between(c.as_of, k.valid_until) <= q.certificate_expiry_days
GROUP BY p.person, k.valid_until, k.grade, q.certificate_expiry_days
