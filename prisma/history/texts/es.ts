import type { Language } from './exchange.ts'

export const es: Language = {
  exchanges: {
    shade: { subject: 'Pantalla para la lámpara Marlow', ask: 'Hola, el gato ha roto la pantalla de nuestra lámpara Marlow. ¿La venden suelta, en verde oscuro?', answer: 'Sí: mide 38 cm, cuesta 64 dólares y la hay en verde oscuro. ¿Le aparto una?', follow: '¿Sirve también para la antigua con anillo de latón?', answerAgain: 'Sirve, el anillo no ha cambiado desde 2009. Guarde las dos arandelas de goma.' },
    bulb: { subject: '¿Qué bombilla lleva la Alder?', ask: 'Buenas, ¿qué bombilla lleva la lámpara de mesa Alder? La etiqueta se ha borrado.', answer: 'Una LED E14 de hasta 7 vatios; la luz cálida de 2700 K queda mejor.', follow: '¿Puede ser regulable?', answerAgain: 'Puede, pero el interruptor solo enciende y apaga. Un regulador cuesta 18 dólares.' },
    delivery: { subject: '¿Dónde está mi pedido 20455?', ask: 'Mi pedido 20455 tenía que llegar el martes y el seguimiento no cambia desde hace cuatro días. ¿Pueden averiguar algo?', answer: 'Lo siento. He hablado con el transportista: llega mañana entre las 9 y las 12.', follow: 'A esa hora trabajo. ¿Lo pueden dejar en el 4B?', answerAgain: 'Hecho, el repartidor tiene el aviso.' },
    flicker: { subject: 'La lámpara parpadea', ask: 'La lámpara Tern que compré en primavera parpadea a los diez minutos. ¿Se puede arreglar?', answer: 'Sí, y está en garantía. Tráigala al taller, tarda tres días laborables. Mientras tanto, mejor desenchufada.', follow: '¿Me prestan una? La uso para leer.', answerAgain: 'Por supuesto, le espera una en el mostrador.' },
    rewire: { subject: 'Cable nuevo para una lámpara antigua', ask: 'Tengo una lámpara de mi abuela de los años sesenta, con el cable de tela deshecho. ¿La arreglan? ¿Cuánto cuesta?', answer: 'Con gusto. Cable de tela, portalámparas y enchufe: entre 55 y 80 dólares. ¿Nos manda una foto?', follow: 'Ahí va. La base creo que es de cerámica. ¿Cuándo la llevo?', answerAgain: '¡Preciosa! Cualquier día laborable de nueve a cinco. 65 dólares, lista en una semana.' },
    return: { subject: 'Devolución de dos apliques', ask: 'Los dos apliques son bonitos pero demasiado grandes. Están sin usar. ¿Cómo los devuelvo?', answer: 'Sin problema en treinta días. Le he enviado la etiqueta a su correo.', follow: '¿También devuelven el envío?', answerAgain: 'Sí, todo, dos o tres días después de recibirlos.' },
    bulk: { subject: 'Veinte lámparas para un restaurante', ask: 'Abrimos un restaurante en marzo y queremos veinte lámparas Pear. ¿Hay precio especial?', answer: '¡Enhorabuena! Desde doce piezas, un diez por ciento menos: 41,40 dólares cada una.', follow: '¿Diez de cada color?', answerAgain: 'Claro. Le mando la oferta con diez en ocre y diez en gris.' },
    hours: { subject: '¿Abren el sábado?', ask: '¿Abren este sábado? ¿Hay dónde aparcar?', answer: 'Sí, de diez a seis. Se aparca detrás, por Alder Lane.', follow: '¿Y el taller?', answerAgain: 'El taller descansa el fin de semana, pero puede dejar la lámpara en el mostrador.' },
    broken: { subject: 'El globo llegó roto', ask: 'El globo de cristal llegó hecho añicos, envuelto en una hoja de papel. Lo necesitaba para mañana y estoy muy molesta.', answer: 'Lo siento mucho, así no embalamos. Hoy sale otro urgente, sin coste, y no tiene que devolver nada.', follow: 'Gracias, pero es la segunda vez.', answerAgain: 'Lo he anotado para que se siga. El viernes le llamo para saber si llegó entero.' },
    invoice: { subject: 'Factura con nombre equivocado', ask: 'La factura del pedido 20401 lleva el nombre antiguo de la empresa. ¿Pueden corregirla?', answer: 'Hecho: la factura 20401-A lleva el nombre nuevo y la anterior queda anulada.', follow: '¿Y para los próximos pedidos?', answerAgain: 'También está cambiado.' },
  },
  thanks: ['Perfecto, gracias.', '¡Muchas gracias!', 'Estupendo, gracias por la rapidez.'],
  bye: 'De nada. ¡Que disfrute de la luz!',
  question: 'Con gusto. ¿Me dice el número de la plaquita bajo la base? Así sé qué pieza necesita.',
  impatient: '¿Hola? Escribí hace rato y nadie contesta.',
  checkUp: 'Hola, somos Hillside Lamps. La semana pasada tuvo un problema con una entrega: ¿ya llegó todo entero?',
  happy: ['muy amable', 'rápido y claro'],
  unhappy: ['esperé demasiado', 'llegó roto otra vez'],
}
